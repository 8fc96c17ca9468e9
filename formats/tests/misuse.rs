//! Misuse of the derives does not compile, and the message says what to do.

// With more types, the compiler lists other ones as examples.
#[cfg(not(any(
    feature = "chrono",
    feature = "jiff",
    feature = "uuid",
    feature = "decimal"
)))]
#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/misuse/*.rs");
}
