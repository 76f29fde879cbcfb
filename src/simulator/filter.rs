//! The filter that all analytics queries share: predicates and clauses joined by and/or. Not the
//! dimensions' meaning: each query says what a thing's value is.

use serde::Deserialize;
use serde_json::Value;

use super::call::Failure;
use super::vocabulary::Words;

/// A filter as the API reads it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Filter {
    #[serde(rename = "type")]
    join: Join,
    #[serde(default)]
    predicates: Vec<Predicate>,
    #[serde(default)]
    clauses: Vec<Clause>,
}

#[derive(Debug, Clone, Deserialize)]
struct Clause {
    #[serde(rename = "type")]
    join: Join,
    predicates: Vec<Predicate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Join {
    And,
    Or,
}

#[derive(Debug, Clone, Deserialize)]
struct Predicate {
    #[serde(alias = "property", alias = "metric")]
    dimension: Option<String>,
    #[serde(default)]
    operator: Operator,
    value: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Operator {
    #[default]
    Matches,
    Exists,
    NotExists,
}

/// What a thing has in one dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Facet<'a> {
    Absent,
    Is(&'a str),
    Among(&'a [&'a str]),
}

impl<'a> From<Option<&'a str>> for Facet<'a> {
    fn from(value: Option<&'a str>) -> Self {
        value.map_or(Self::Absent, Self::Is)
    }
}

impl Filter {
    /// Reads a query's filter; absent means everything. `dimensions` are those the query knows.
    pub(super) fn read(value: Option<&Value>, dimensions: Words) -> Result<Self, Failure> {
        let Some(value) = value.filter(|value| !value.is_null()) else {
            return Ok(Self::everything());
        };
        let filter = Self::deserialize(value)
            .map_err(|error| Failure::bad_request(format!("filter: {error}")))?;
        let clauses = filter.clauses.iter().flat_map(|clause| &clause.predicates);
        for predicate in filter.predicates.iter().chain(clauses) {
            predicate.check(dimensions)?;
        }
        Ok(filter)
    }

    fn everything() -> Self {
        Self { join: Join::And, predicates: Vec::new(), clauses: Vec::new() }
    }

    /// Whether nothing is filtered out.
    pub(super) fn is_everything(&self) -> bool {
        self.predicates.is_empty() && self.clauses.is_empty()
    }

    /// Whether a thing passes, given its value for each dimension.
    pub(super) fn admits<'a>(&self, facet: &dyn Fn(&str) -> Facet<'a>) -> bool {
        if self.is_everything() {
            return true;
        }
        let parts = self
            .predicates
            .iter()
            .map(|predicate| predicate.holds(facet))
            .chain(self.clauses.iter().map(|clause| clause.holds(facet)));
        self.join.fold(parts)
    }
}

impl Clause {
    fn holds<'a>(&self, facet: &dyn Fn(&str) -> Facet<'a>) -> bool {
        self.join.fold(self.predicates.iter().map(|predicate| predicate.holds(facet)))
    }
}

impl Join {
    fn fold(self, mut parts: impl Iterator<Item = bool>) -> bool {
        match self {
            Self::And => parts.all(|part| part),
            Self::Or => parts.any(|part| part),
        }
    }
}

impl Predicate {
    fn check(&self, dimensions: Words) -> Result<(), Failure> {
        let Some(dimension) = self.dimension.as_deref() else {
            return Err(Failure::bad_request("A predicate needs a dimension"));
        };
        if !dimensions.know(dimension) {
            return Err(Failure::bad_request(format!("Unknown dimension '{dimension}'"))
                .param("dimension", dimension));
        }
        if self.operator == Operator::Matches && self.value.is_none() {
            return Err(Failure::bad_request(format!(
                "The predicate on '{dimension}' needs a value"
            )));
        }
        Ok(())
    }

    fn holds<'a>(&self, facet: &dyn Fn(&str) -> Facet<'a>) -> bool {
        let found = facet(self.dimension.as_deref().unwrap_or_default());
        let wanted = self.value.as_deref().unwrap_or_default();
        match self.operator {
            Operator::Exists => !matches!(found, Facet::Absent | Facet::Among([])),
            Operator::NotExists => matches!(found, Facet::Absent | Facet::Among([])),
            Operator::Matches => match found {
                Facet::Absent => false,
                Facet::Is(value) => value.eq_ignore_ascii_case(wanted),
                Facet::Among(values) => {
                    values.iter().any(|value| value.eq_ignore_ascii_case(wanted))
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::vocabulary::OBSERVED_DIMENSIONS;
    use serde_json::json;

    fn passes(filter: Value, queue: Option<&str>) -> bool {
        let filter = Filter::read(Some(&filter), OBSERVED_DIMENSIONS).unwrap();
        filter.admits(&|dimension| match dimension {
            "queueId" => queue.into(),
            _ => Facet::Is("message"),
        })
    }

    #[test]
    fn an_or_clause_of_queues_narrows_and_a_media_type_stays() {
        let filter = json!({"type": "and", "predicates": [{"dimension": "mediaType", "value": "message"}], "clauses": [
            {"type": "or", "predicates": [{"dimension": "queueId", "value": "a"}, {"dimension": "queueId", "value": "b"}]}]});
        assert!(passes(filter.clone(), Some("b")));
        assert!(!passes(filter, Some("c")));
    }

    #[test]
    fn existence_is_asked_without_a_value() {
        let filter = |operator: &str| json!({"type": "and", "predicates": [{"dimension": "queueId", "operator": operator}]});
        assert!(passes(filter("exists"), Some("a")) && !passes(filter("exists"), None));
        assert!(passes(filter("notExists"), None) && !passes(filter("notExists"), Some("a")));
    }

    #[test]
    fn an_unknown_dimension_is_refused() {
        let filter = json!({"type": "and", "predicates": [{"dimension": "moon", "value": "full"}]});
        assert_eq!(Filter::read(Some(&filter), OBSERVED_DIMENSIONS).unwrap_err().status, 400);
    }
}
