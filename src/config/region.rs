//! The regions of Genesys Cloud: where an org is, by whichever name somebody knows it.

use crate::domain::nearest::alike;

/// Where orgs are.
#[derive(Debug, PartialEq, Eq)]
pub struct Region {
    /// The name of the region at AWS, such as `eu-central-1`.
    pub name: &'static str,
    /// The place, such as `Frankfurt`.
    pub place: &'static str,
    /// The domain that all hosts of the region end with.
    pub domain: &'static str,
}

/// All of them, as the published API's own clients list them.
pub const REGIONS: [Region; 18] = [
    region("us-east-1", "Virginia", "mypurecloud.com"),
    region("us-east-2", "Ohio", "use2.us-gov-pure.cloud"),
    region("us-west-2", "Oregon", "usw2.pure.cloud"),
    region("ca-central-1", "Canada", "cac1.pure.cloud"),
    region("mx-central-1", "Mexico", "mxc1.pure.cloud"),
    region("sa-east-1", "São Paulo", "sae1.pure.cloud"),
    region("eu-west-1", "Dublin", "mypurecloud.ie"),
    region("eu-west-2", "London", "euw2.pure.cloud"),
    region("eu-central-1", "Frankfurt", "mypurecloud.de"),
    region("eu-central-2", "Zurich", "euc2.pure.cloud"),
    region("eusc-de-east-1", "Brandenburg", "edee1.eusc-pure.cloud"),
    region("me-central-1", "UAE", "mec1.pure.cloud"),
    region("ap-south-1", "Mumbai", "aps1.pure.cloud"),
    region("ap-southeast-1", "Singapore", "apse1.pure.cloud"),
    region("ap-southeast-2", "Sydney", "mypurecloud.com.au"),
    region("ap-northeast-1", "Tokyo", "mypurecloud.jp"),
    region("ap-northeast-2", "Seoul", "apne2.pure.cloud"),
    region("ap-northeast-3", "Osaka", "apne3.pure.cloud"),
];

const fn region(name: &'static str, place: &'static str, domain: &'static str) -> Region {
    Region { name, place, domain }
}

impl Region {
    /// The region that `text` names: by its AWS name (`eu_central_1` too), its place or its domain.
    ///
    /// # Errors
    /// If there is none; names the one that is most like it.
    pub fn named(text: &str) -> Result<&'static Self, String> {
        let wanted = plain(text);
        if let Some(found) = REGIONS.iter().find(|it| it.names().contains(&wanted)) {
            return Ok(found);
        }
        let all: Vec<(String, &str)> = REGIONS.iter().flat_map(Self::spelled).collect();
        let like = alike(&wanted, all.iter().map(|(plain, _)| plain.as_str()));
        let like = all.iter().find(|(plain, _)| Some(plain.as_str()) == like);
        Err(match like {
            Some((_, spelled)) => format!("there is no region {text:?}; did you mean {spelled:?}?"),
            None => {
                let all: Vec<&str> = REGIONS.iter().map(|it| it.name).collect();
                format!("there is no region {text:?}: there is {}", all.join(", "))
            }
        })
    }

    /// The API host.
    pub fn base_url(&self) -> String {
        format!("https://api.{}", self.domain)
    }

    fn names(&self) -> [String; 3] {
        self.spelled().map(|(plain, _)| plain)
    }

    /// Its names, each beside how it is spelled.
    fn spelled(&self) -> [(String, &'static str); 3] {
        [self.name, self.domain, self.place].map(|name| (plain(name), name))
    }
}

/// Without case, and with `-` wherever a word may end.
fn plain(text: &str) -> String {
    text.trim().to_lowercase().replace(['_', ' '], "-").replace('ã', "a")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_region_is_known_by_each_of_its_names() {
        for (text, domain) in [
            ("us-east-1", "mypurecloud.com"),
            ("eu_central_1", "mypurecloud.de"),
            ("Frankfurt", "mypurecloud.de"),
            ("mypurecloud.ie", "mypurecloud.ie"),
            (" EUSC-DE-EAST-1 ", "edee1.eusc-pure.cloud"),
            ("são paulo", "sae1.pure.cloud"),
            ("Sao Paulo", "sae1.pure.cloud"),
        ] {
            assert_eq!(Region::named(text).map(|it| it.domain), Ok(domain), "{text}");
        }
        let names: BTreeSet<String> = REGIONS.iter().flat_map(Region::names).collect();
        assert_eq!(names.len(), 3 * REGIONS.len(), "none is given twice");
    }

    #[test]
    fn what_is_misspelt_is_told_with_what_is_like_it() {
        for (text, like) in [
            ("eu-centrl-1", "eu-central-1"),
            ("mypurecloud.dee", "mypurecloud.de"),
            ("Franfurt", "Frankfurt"),
        ] {
            let expected = format!("there is no region {text:?}; did you mean {like:?}?");
            assert_eq!(Region::named(text), Err(expected));
        }
    }
}
