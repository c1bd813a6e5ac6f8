//! The planted tastes: eight communities, each a table of what it likes and dislikes about films, and who is in it.

use std::sync::LazyLock;

/// A film of the catalog, which is ordered by fame.
pub(super) struct Film {
    pub id: String,
    pub title: String,
    pub year: i64,
    pub genres: Vec<String>,
    pub directors: Vec<String>,
    pub keywords: Vec<String>,
}

/// People who like the same kind of film.
pub(super) struct Community {
    /// For the README and the file of planted tastes.
    pub name: &'static str,
    /// How many of a thousand people have it as their first taste.
    pub share: f64,
    /// What draws them, and how strongly; negative: what keeps them away.
    likes: &'static [(Trait, f64)],
    /// Relative weights of [`AGES`]: a mild correlation, no more.
    pub ages: [f64; 6],
    /// Occupations that are three times as common here as elsewhere.
    pub occupations: &'static [&'static str],
}

/// Something a film can have.
enum Trait {
    Genre(&'static str),
    /// One of these keywords, between commas: counted once.
    Keywords(&'static str),
    Directors(&'static str),
    Before(i64),
    Since(i64),
}

use Trait::{Before, Directors, Genre, Keywords, Since};

pub(super) const AGES: [&str; 6] = ["under 18", "18-24", "25-34", "35-44", "45-54", "55+"];

pub(super) static OCCUPATIONS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "student programmer engineer teacher nurse artist writer scientist sales manager craftsman librarian retired \
     homemaker"
        .split(' ')
        .collect()
});

const WORLD_CINEMA: &str = "Akira Kurosawa, Federico Fellini, Jean-Luc Godard, François Truffaut, Yasujirō Ozu, \
                            Andrei Tarkovsky, Wong Kar-wai, Asghar Farhadi, Pedro Almodóvar, Hirokazu Kore-eda, \
                            Wim Wenders, Elem Klimov, Ingmar Bergman, Jacques Demy, Jean-Pierre Melville, \
                            Ryusuke Hamaguchi, Sergei Eisenstein, Carl Theodor Dreyer, Satyajit Ray, Jacques Tati, \
                            Krzysztof Kieślowski, Gillo Pontecorvo, Mira Nair, Chris Marker, Agnès Varda, \
                            Jean Renoir, Dziga Vertov, Abbas Kiarostami, Werner Herzog, F. W. Murnau, Fritz Lang, \
                            Vittorio De Sica, Justine Triet, Céline Sciamma, Giuseppe Tornatore, Celine Song, \
                            Jean-Pierre Jeunet, Bong Joon-ho, David Lynch";

pub(super) const COMMUNITIES: [Community; 8] = [
    Community {
        name: "space and science fiction",
        share: 150.0,
        likes: &[
            (Genre("Science Fiction"), 1.7),
            (
                Keywords("space, robot, alien, artificial intelligence, time travel, future city"),
                0.6,
            ),
            (Genre("Musical"), -0.9),
            (Genre("Romance"), -0.6),
            (Genre("Western"), -0.6),
            (Genre("Crime"), -0.4),
        ],
        ages: [1.0, 2.0, 2.0, 1.5, 0.8, 0.5],
        occupations: &["programmer", "engineer", "scientist"],
    },
    Community {
        name: "world cinema and documentaries",
        share: 105.0,
        likes: &[
            (Directors(WORLD_CINEMA), 1.9),
            (Genre("Documentary"), 1.2),
            (Keywords("silent film, soviet cinema, existential, theatre, iran"), 0.5),
            (Genre("Drama"), 0.3),
            (Genre("Action"), -1.0),
            (Genre("Family"), -0.9),
            (Keywords("superhero, slasher, christmas, high school"), -0.6),
        ],
        ages: [0.2, 1.0, 1.5, 1.3, 1.2, 1.2],
        occupations: &["artist", "writer", "librarian"],
    },
    Community {
        name: "horror and thrillers",
        share: 115.0,
        likes: &[
            (Genre("Horror"), 1.9),
            (Genre("Thriller"), 0.6),
            (
                Keywords("serial killer, slasher, zombie, vampire, possession, cult, body horror"),
                0.5,
            ),
            (Genre("Family"), -1.2),
            (Genre("Musical"), -1.0),
            (Genre("Romance"), -0.6),
            (Genre("War"), -0.4),
        ],
        ages: [1.0, 2.2, 1.8, 1.0, 0.6, 0.3],
        occupations: &["student", "sales", "nurse"],
    },
    Community {
        name: "family and animation",
        share: 140.0,
        likes: &[
            (Genre("Animation"), 1.4),
            (Genre("Family"), 1.2),
            (Keywords("magic, talking animals, fairy tale, wizard"), 0.5),
            (Genre("Horror"), -1.8),
            (Genre("Crime"), -0.8),
            (Genre("War"), -0.7),
            (Keywords("violence, drugs, serial killer"), -0.7),
        ],
        ages: [2.5, 1.0, 1.4, 2.0, 0.7, 0.7],
        occupations: &["teacher", "homemaker", "student"],
    },
    Community {
        name: "romance, comedy and musicals",
        share: 140.0,
        likes: &[
            (Genre("Romance"), 1.4),
            (Genre("Musical"), 0.9),
            (Genre("Comedy"), 0.6),
            (Keywords("wedding, dating, first love, unrequited love, breakup"), 0.4),
            (Genre("Horror"), -1.3),
            (Genre("Action"), -0.8),
            (Genre("Science Fiction"), -0.7),
            (Genre("War"), -0.5),
        ],
        ages: [0.8, 1.6, 1.6, 1.2, 1.0, 1.0],
        occupations: &["nurse", "homemaker", "librarian", "teacher"],
    },
    Community {
        name: "crime, mystery and noir",
        share: 130.0,
        likes: &[
            (Genre("Crime"), 1.5),
            (Genre("Mystery"), 0.9),
            (
                Keywords("detective, gangster, heist, femme fatale, undercover, mafia, hitman"),
                0.5,
            ),
            (Genre("Family"), -1.1),
            (Genre("Fantasy"), -0.8),
            (Genre("Musical"), -0.8),
            (Genre("Animation"), -0.7),
        ],
        ages: [0.4, 1.0, 1.4, 1.5, 1.4, 1.0],
        occupations: &["manager", "writer", "sales"],
    },
    Community {
        name: "war, westerns and classics",
        share: 90.0,
        likes: &[
            (Genre("War"), 1.4),
            (Genre("Western"), 1.8),
            (Before(1970), 0.7),
            (Keywords("soldiers, cowboy, american history, civil war"), 0.3),
            (Genre("Animation"), -0.8),
            (Genre("Fantasy"), -0.6),
            (Genre("Science Fiction"), -0.6),
            (Since(1995), -0.5),
        ],
        ages: [0.2, 0.4, 0.7, 1.2, 2.0, 2.6],
        occupations: &["retired", "craftsman", "manager"],
    },
    Community {
        name: "action and adventure",
        share: 130.0,
        likes: &[
            (Genre("Action"), 1.5),
            (Genre("Adventure"), 0.9),
            (
                Keywords("superhero, chase, martial arts, swordplay, treasure, quest"),
                0.5,
            ),
            (Genre("Drama"), -0.5),
            (Genre("Romance"), -0.6),
            (Genre("Documentary"), -1.2),
            (Before(1970), -0.8),
            (Directors(WORLD_CINEMA), -0.6),
        ],
        ages: [1.6, 1.8, 1.4, 1.2, 0.8, 0.4],
        occupations: &["craftsman", "engineer", "sales"],
    },
];

impl Trait {
    fn is_of(&self, film: &Film) -> bool {
        let any = |wanted: &str, of: &[String]| wanted.split(", ").any(|name| of.iter().any(|x| x == name));
        match self {
            Genre(genre) => film.genres.iter().any(|g| g == genre),
            Keywords(words) => any(words, &film.keywords),
            Directors(names) => any(names, &film.directors),
            Before(year) => film.year < *year,
            Since(year) => film.year >= *year,
        }
    }
}

impl Community {
    /// How much the community likes a film for what it is: the sum of its likes, within -2 to 2.
    pub fn affinity(&self, film: &Film) -> f64 {
        let sum: f64 = self.likes.iter().filter(|(t, _)| t.is_of(film)).map(|(_, w)| w).sum();
        sum.clamp(-2.0, 2.0)
    }
}
