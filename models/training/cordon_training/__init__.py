"""Training recipe of Cordon's embedded model: one encoder, token tags, record class, sentence embedding."""
