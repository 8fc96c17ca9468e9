//! `--cold`: where a store's cold tier is.

use std::str::FromStr;

use thermocline::StoreBuilder;

/// Where the cold tier is, said once: the store remembers it.
#[derive(Debug, Default, Clone, clap::Args)]
pub(crate) struct ColdArgs {
    /// Put the cold tier there: s3://bucket/prefix, a path, .. (new stores; later ones remember
    /// it). Credentials come from the environment, such as AWS_ACCESS_KEY_ID
    #[arg(long = "cold", value_name = "URL")]
    url: Option<String>,

    /// An option of the object store, such as endpoint, region or allow_http; remembered
    #[arg(long = "cold-option", value_name = "KEY=VALUE", requires = "url")]
    options: Vec<ColdOption>,
}

impl ColdArgs {
    /// Whether a place was named.
    pub(crate) fn is_given(&self) -> bool {
        self.url.is_some()
    }

    /// The builder with what was said.
    pub(crate) fn apply(&self, builder: StoreBuilder) -> StoreBuilder {
        let builder = match &self.url {
            Some(url) => builder.cold_url(url),
            None => builder,
        };
        self.options.iter().fold(builder, |builder, option| {
            builder.cold_option(&option.key, &option.value)
        })
    }
}

/// One option; never a secret, because whoever lists processes sees the command line.
#[derive(Debug, Clone)]
pub(super) struct ColdOption {
    pub(super) key: String,
    pub(super) value: String,
}

impl FromStr for ColdOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, value) = text
            .split_once('=')
            .ok_or("write it as KEY=VALUE, for example region=eu-central-1")?;
        if !thermocline::is_plain_cold_option(key, value) {
            return Err(format!(
                "{key} may be a secret, and command lines are seen by everybody on this machine; \
                 set it in the environment, for example AWS_SECRET_ACCESS_KEY"
            ));
        }
        Ok(Self {
            key: key.to_owned(),
            value: value.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_plain_or_refused() {
        let option: ColdOption = "endpoint=http://127.0.0.1:1/?a=b".parse().unwrap();
        assert_eq!(
            (option.key.as_str(), option.value.as_str()),
            ("endpoint", "http://127.0.0.1:1/?a=b")
        );
        assert!(
            "region"
                .parse::<ColdOption>()
                .unwrap_err()
                .contains("KEY=VALUE")
        );
        let refused = "secret_access_key=x".parse::<ColdOption>().unwrap_err();
        assert!(refused.contains("environment"), "{refused}");
    }
}
