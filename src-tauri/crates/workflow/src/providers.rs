//! The cloud models that questions may go to: set up by an administrator, keys in the keychain, never given out again.

use audit::Action;
use egress::{Secret, Wire};
use policy::ProviderFacts;
use store::ProviderRow;

use crate::error::{Error, ErrorCode, Result};
use crate::session::{Cordon, Session, label, store_problem};
use crate::view::{ProviderRequest, ProviderView};

impl Cordon {
    /// The providers.
    pub async fn list_providers(&self) -> Result<Vec<ProviderView>> {
        self.session().await?.provider_views().await
    }

    /// Adds or changes a provider.
    pub async fn save_provider(&self, request: ProviderRequest) -> Result<Vec<ProviderView>> {
        let session = self.session().await?;
        let spoken = wire(&request.wire).ok_or_else(|| Error::invalid("this wire format is not known"))?;
        let (name, model) = (request.name.trim(), request.model.trim());
        if name.is_empty() || name.chars().count() > 80 {
            return Err(Error::invalid("the name has to have 1 to 80 characters"));
        }
        let address = match request.base_url.trim() {
            "" => spoken.default_base_url().to_owned(),
            address => address.to_owned(),
        };
        let url = address.parse().map_err(|_| Error::invalid("the address is not a web address"))?;
        egress::check_address(&url).map_err(|e| crate::ask::send_problem(&e))?;
        if model.is_empty() || !model.chars().all(|c| c.is_ascii_graphic()) {
            return Err(Error::invalid("the model's name is missing, or holds a blank"));
        }
        let known = session.store.providers().await.map_err(store_problem)?;
        let id = request.id.clone().unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
        let before = known.iter().find(|p| p.id == id);
        if request.id.is_some() && before.is_none() {
            return Err(Error::not_found("provider"));
        }
        // A key belongs to an address: with another one it has to be typed again, so that it never goes to a stranger.
        let moved = before.is_some_and(|p| p.base_url != address);
        if moved && request.key.is_none() && session.key(&id).await?.is_some() {
            return Err(Error::new(ErrorCode::Invalid, "the address changed", "type the key again, it is not sent to another address"));
        }
        let row = ProviderRow {
            id: id.clone(),
            name: name.to_owned(),
            wire: spoken.name().to_owned(),
            base_url: address,
            model: model.to_owned(),
            agreement: request.agreement,
            selected: before.is_some_and(|p| p.selected),
        };
        let saved = Action::ProviderSaved {
            provider: label(&id)?,
            wire: label(spoken.name())?,
            model: label(model)?,
            agreement: request.agreement,
        };
        session.log(None, saved).await?;
        session.store.save_provider(&row).await.map_err(store_problem)?;
        if let Some(key) = request.key.map(|k| k.trim().to_owned()).filter(|k| !k.is_empty()) {
            session.secrets.put(&secret_name(&id), &key).await.map_err(store_problem)?;
        }
        session.provider_views().await
    }

    /// Deletes a provider and its key.
    pub async fn delete_provider(&self, id: &str) -> Result<Vec<ProviderView>> {
        let session = self.session().await?;
        session.log(None, Action::ProviderDeleted { provider: label(id)? }).await?;
        session.secrets.delete(&secret_name(id)).await.map_err(store_problem)?;
        session.store.delete_provider(id).await.map_err(store_problem)?;
        session.provider_views().await
    }

    /// Chooses the provider that questions go to; none keeps everything local.
    pub async fn select_provider(&self, id: Option<&str>) -> Result<Vec<ProviderView>> {
        let session = self.session().await?;
        let known = session.store.providers().await.map_err(store_problem)?;
        let chosen = id.map(|id| known.iter().find(|p| p.id == id).ok_or_else(|| Error::not_found("provider"))).transpose()?;
        let agreement = chosen.is_some_and(|p| p.agreement);
        let provider = chosen.map(|p| label(&p.id)).transpose()?;
        session.log(None, Action::ProviderSelected { provider, agreement }).await?;
        session.store.select_provider(id).await.map_err(store_problem)?;
        session.provider_views().await
    }
}

impl Session {
    async fn provider_views(&self) -> Result<Vec<ProviderView>> {
        let mut views = Vec::new();
        for p in self.store.providers().await.map_err(store_problem)? {
            views.push(ProviderView {
                has_key: self.key(&p.id).await?.is_some(),
                id: p.id,
                name: p.name,
                wire: p.wire,
                base_url: p.base_url,
                model: p.model,
                agreement: p.agreement,
                selected: p.selected,
            });
        }
        Ok(views)
    }

    async fn selected(&self) -> Result<Option<ProviderRow>> {
        Ok(self.store.providers().await.map_err(store_problem)?.into_iter().find(|p| p.selected))
    }

    async fn key(&self, id: &str) -> Result<Option<Secret>> {
        let key = self.secrets.get(&secret_name(id)).await.map_err(store_problem)?;
        Ok(key.map(|k| Secret::new(k.to_string())))
    }

    /// What the window's head says; a store that fails shows nothing there, and says so where it is used.
    pub(crate) async fn selected_provider_name(&self) -> Option<String> {
        self.selected().await.ok().flatten().map(|p| p.name)
    }

    /// What the policy has to know about the chosen provider.
    pub(crate) async fn selected_facts(&self) -> Result<Option<ProviderFacts>> {
        let facts = |p: ProviderRow| {
            let local_network = p.base_url.parse().is_ok_and(|url| egress::is_loopback(&url));
            ProviderFacts { id: p.id, agreement: p.agreement, local_network }
        };
        Ok(self.selected().await?.map(facts))
    }

    /// The chosen provider with its key.
    pub(crate) async fn selected_provider(&self) -> Result<Option<egress::Provider>> {
        let Some(p) = self.selected().await? else { return Ok(None) };
        let broken =
            || Error::new(ErrorCode::Provider, "the chosen provider is not set up rightly", "open the providers and save it again");
        Ok(Some(egress::Provider {
            wire: wire(&p.wire).ok_or_else(broken)?,
            base_url: p.base_url.parse().map_err(|_| broken())?,
            key: self.key(&p.id).await?,
            id: p.id,
            name: p.name,
            model: p.model,
        }))
    }
}

fn wire(name: &str) -> Option<Wire> {
    Wire::ALL.into_iter().find(|wire| wire.name() == name)
}

fn secret_name(id: &str) -> String {
    format!("provider/{id}")
}
