//! The bucket of an S3 server that tests may use.

/// A prefix of its own for a test; `None` if there is no server and there need not be one.
pub fn place(test: &str) -> Option<String> {
    let Ok(bucket) = std::env::var("THERMOCLINE_TEST_S3") else {
        assert!(
            std::env::var_os("THERMOCLINE_REQUIRE_EXTRAS").is_none(),
            "THERMOCLINE_REQUIRE_EXTRAS is set, but THERMOCLINE_TEST_S3 names no bucket; \
             start a server with scripts/s3_server"
        );
        println!("SKIPPED: THERMOCLINE_TEST_S3 names no bucket of an S3 server");
        return None;
    };
    let unique = tempfile::tempdir().unwrap();
    let unique = unique.path().file_name().unwrap().to_str().unwrap();
    Some(format!(
        "{bucket}/{test}-{}",
        unique.trim_start_matches('.')
    ))
}
