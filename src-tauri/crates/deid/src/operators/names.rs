//! Frequent given names and surnames of four languages, public statistics of many countries. Names that are ordinary words or
//! stand in the names of diseases, signs and procedures are left out: they could stand in an answer without meaning anyone.

use std::sync::LazyLock;

/// What a name is drawn from.
pub(super) struct Names {
    pub(super) female: Vec<&'static str>,
    pub(super) male: Vec<&'static str>,
    pub(super) surnames: Vec<&'static str>,
    /// Frequent names that are only recognized: given names (female, male) and surnames, in lower case.
    known: [Vec<&'static str>; 3],
    /// Endings of surnames of that language, in lower case.
    endings: Vec<&'static str>,
}

/// English, Spanish, German, French.
pub(super) static LANGUAGES: LazyLock<[Names; 4]> = LazyLock::new(|| {
    [
        Names {
            female: list(
                "Emily Olivia Hannah Abigail Samantha Rachel Megan Lauren Katherine Rebecca Nicole Stephanie Jennifer Melissa \
                 Kimberly Angela Michelle Amanda Jessica Ashley Brittany Danielle Vanessa Monica Teresa Deborah Barbara Susan \
                 Karen Nancy Linda Donna Cynthia Sandra Pamela Allison Natalie Valerie Veronica Erica",
            ),
            male: list(
                "Michael Christopher Matthew Joshua Andrew Daniel Anthony Kevin Brian Steven Timothy Jeffrey Gregory Kenneth \
                 Raymond Nathan Benjamin Samuel Patrick Douglas Gerald Keith Roger Lawrence Nicholas Zachary Ethan Dylan Logan \
                 Bryan Philip Dennis Jerry Tyler Aaron Trevor Henry Stuart Carl Arthur",
            ),
            surnames: list(
                "Whitaker Holloway Gibbons Ellison Hartley Kendall Lindsey Osborne Radcliffe Sheffield Thornton Underwood Vaughan \
                 Wentworth Bradshaw Calloway Dalrymple Fairbanks Hargrove Ingram Jarvis Kirkland Langley Merritt Newcomb Ogden \
                 Prescott Quigley Ridgeway Stanton Tillman Upton Vickers Wakefield Yardley Ashworth Blackwell Crawford Donovan \
                 Everett Fitzgerald Gallagher Hendricks Lockhart Pemberton Sinclair Whitfield Winslow Hathaway Jenkins Sullivan \
                 Henderson Patterson Robinson Griffith Coleman Bryant Wallace Dempsey Castleton",
            ),
            known: [
                list(
                    "mary elizabeth sarah margaret betty dorothy lisa anna helen ruth emma sharon laura amy carol julie patricia janet alice jane",
                ),
                list(
                    "james john robert william david richard joseph thomas charles mark paul george edward ronald jason eric jonathan scott frank peter walter",
                ),
                list(
                    "smith johnson williams brown jones miller davis wilson anderson taylor thomas moore jackson white harris clark lewis walker hall allen",
                ),
            ],
            endings: list(""),
        },
        Names {
            female: list(
                "Lucia Carmen Isabel Elena Pilar Rocio Beatriz Marta Silvia Alicia Raquel Nuria Adriana Gabriela Daniela \
                 Valentina Camila Mariana Fernanda Lorena Yolanda Guadalupe Leticia Paloma Ximena Catalina Graciela Marisol \
                 Estela Consuelo",
            ),
            male: list(
                "Javier Alejandro Carlos Miguel Pablo Sergio Fernando Rafael Andres Diego Alvaro Ignacio Eduardo Ricardo Roberto \
                 Enrique Gonzalo Hector Joaquin Mateo Santiago Esteban Ramon Arturo Gustavo Mauricio Rodrigo Emilio Julian \
                 Salvador",
            ),
            surnames: list(
                "Herrera Castillo Navarro Ortega Mendoza Cabrera Fuentes Aguilar Salazar Espinoza Villarreal Zamora Quintero \
                 Cordero Barrera Escobar Montoya Pacheco Trujillo Valdez Velasco Cervantes Figueroa Santana Palacios Maldonado \
                 Rosales Saldana Arellano Bautista Cisneros Duarte Estrada Galindo Huerta Ibarra Jaramillo Ledesma Machado \
                 Noriega Olvera Pineda Quiroga Renteria Sepulveda Tejeda Urrutia Venegas Zavala Baldera Cantu Esquivel Gallegos \
                 Lozano Montalvo Orozco Robledo Tamayo Villalobos Zambrano",
            ),
            known: [
                list("maria ana rosa juana teresa sofia lucía rocío inés luisa julia margarita veronica claudia"),
                list("jose josé juan luis antonio manuel francisco pedro jesus jesús jorge mario victor oscar"),
                list(
                    "garcia garcía lopez lópez gonzalez cruz reyes morales torres rivera flores gomez diaz ruiz ramos vargas castro delgado moreno romero soto",
                ),
            ],
            endings: list("ez éz az iz ñez"),
        },
        Names {
            female: list(
                "Lena Katharina Sabine Monika Ursula Renate Petra Birgit Heike Ingrid Karin Susanne Martina Gisela Helga Silke \
                 Anja Tanja Kerstin Ulrike Christa Elke Ilse Johanna Franziska Annika Gudrun Waltraud Annegret Liesel",
            ),
            male: list(
                "Wolfgang Klaus Dieter Manfred Uwe Rainer Bernd Matthias Stefan Andreas Torsten Holger Ralf Detlef Heinz Helmut \
                 Horst Karsten Lutz Markus Norbert Olaf Rolf Sebastian Tobias Ulrich Volker Florian Lukas Jonas",
            ),
            surnames: list(
                "Schneider Neumann Zimmermann Krueger Schmitz Krause Lehmann Schulze Herrmann Scholz Schubert Winkler Lorenz \
                 Albrecht Schuster Ziegler Brandt Voigt Seidel Dietrich Bergmann Kellermann Gerlach Ebert Wendt Thiele Hennig \
                 Wiegand Baumann Steinbach Reinhardt Kirchner Lindemann Hauptmann Schilling Naumann Rademacher Oberhauser Wegener \
                 Zeidler Drechsler Eichhorn Falkner Grabowski Heidrich Jahnke Kaltenbach Liebig Mertens Niemeyer Ostermann \
                 Petersen Quandt Rosenthal Siebert Trautmann Ullmann Volkmann Wiesner Zeller",
            ),
            known: [
                list("anna brigitte claudia erika hannelore ingeborg jutta sigrid ute marlene"),
                list("hans peter jürgen günter werner gerhard karl walter joachim thomas jens"),
                list(
                    "müller mueller schmidt fischer weber meyer wagner becker schulz hoffmann koch bauer klein wolf schröder schwarz braun",
                ),
            ],
            endings: list("mann berger bauer meier meyer maier"),
        },
        Names {
            female: list(
                "Camille Juliette Manon Sylvie Nathalie Isabelle Veronique Martine Francoise Monique Jacqueline Colette Odile \
                 Solange Mireille Corinne Delphine Aurelie Celine Elodie Laurence Pascale Genevieve Bernadette Clemence Margaux \
                 Noemie Oceane Ghislaine Josiane",
            ),
            male: list(
                "Philippe Alain Bernard Christophe Laurent Thierry Olivier Frederic Sebastien Guillaume Julien Antoine Mathieu \
                 Bertrand Etienne Fabrice Gilles Herve Jerome Marcel Maxime Quentin Remi Serge Sylvain Tristan Xavier Yannick \
                 Raphael Armand",
            ),
            surnames: list(
                "Moreau Lefebvre Rousseau Chevalier Bonnet Girard Mercier Dupont Garnier Blanchard Gauthier Perrin Renaud Lacroix \
                 Leclerc Barbier Arnaud Carpentier Deschamps Gaillard Marchand Delacroix Lemoine Vasseur Bouvier Collet Prevost \
                 Pichon Poirier Rolland Tessier Vidal Aubert Baudin Charpentier Delorme Guillot Hamelin Jacquet Lemaire Masson \
                 Pasquier Beaumont Castellane Duvivier Estienne Fauconnier Grandjean Huguenin Joubert Lavigne Montagne Normand \
                 Orsini Picard Quesnel Rochefort Savary Thibault Villeneuve",
            ),
            known: [
                list("marie jeanne catherine christine anne chloé zoé léa claire sandrine valérie céline"),
                list("jean pierre michel andré jacques françois louis nicolas éric hervé rené luc"),
                list("martin bernard dubois durand leroy petit roux fournier lambert fontaine henry dupuis"),
            ],
            endings: list("eau ault ier eux"),
        },
    ]
});

fn list(words: &'static str) -> Vec<&'static str> {
    words.split_ascii_whitespace().collect()
}

/// The languages in whose lists the surname or the given name stands, or whose ending the surname has; English where none.
pub(super) fn language(given: &str, surname: &str) -> &'static Names {
    let says = |names: &Names, name: &str| names.known.iter().any(|list| list.contains(&name)) || listed(&names.surnames, name);
    let given_of = |names: &Names| names.given(given).is_some();
    let found = LANGUAGES
        .iter()
        .find(|names| !surname.is_empty() && says(names, surname))
        .or_else(|| LANGUAGES.iter().find(|names| surname.chars().count() > 4 && names.endings.iter().any(|end| surname.ends_with(end))))
        .or_else(|| LANGUAGES.iter().find(|names| !given.is_empty() && given_of(names)));
    let [english, ..] = &*LANGUAGES;
    found.unwrap_or(english)
}

/// One of the languages.
pub(super) fn any_language(number: usize) -> &'static Names {
    let [english, ..] = &*LANGUAGES;
    LANGUAGES.get(number % LANGUAGES.len()).unwrap_or(english)
}

fn listed(list: &[&str], name: &str) -> bool {
    list.iter().any(|one| one.to_lowercase() == name)
}

/// Whether a given name, in lower case, is one of a woman; none where the lists do not say, or say both.
pub(super) fn is_female(given: &str) -> Option<bool> {
    let said = LANGUAGES.iter().filter_map(|names| names.given(given)).collect::<Vec<_>>();
    let first = *said.first()?;
    said.iter().all(|one| *one == first).then_some(first)
}

impl Names {
    fn given(&self, name: &str) -> Option<bool> {
        let [female, male, _] = &self.known;
        match (listed(&self.female, name) || female.contains(&name), listed(&self.male, name) || male.contains(&name)) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_hold_no_name_twice() {
        for names in LANGUAGES.iter() {
            let mut all: Vec<_> = [&names.female[..], &names.male, &names.surnames].concat();
            let count = all.len();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), count);
            assert!(names.surnames.len() >= 60 && names.female.len() >= 30 && names.male.len() >= 30);
        }
    }

    #[test]
    fn what_a_name_says() {
        let is = |given, surname, index: usize| std::ptr::eq(language(given, surname), &LANGUAGES[index]);
        assert!(
            is("maria", "garcia", 1) && is("", "rodriguez", 1) && is("hans", "", 2) && is("", "zimmermann", 2) && is("luc", "besson", 3)
        );
        assert!(is("wei", "zhang", 0) && is("mary", "smith", 0));
        assert_eq!((is_female("maria"), is_female("james"), is_female("wei")), (Some(true), Some(false), None));
    }
}
