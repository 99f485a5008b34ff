//! What the fuzz targets share: the bodies and the seeds of the hostile claims, and how an input becomes another one. Must
//! not know what is demanded of an input; the bodies say that.

#[path = "../../claims/hostile/bodies.rs"]
pub mod bodies;
pub mod change;
#[path = "../../claims/hostile/seeds.rs"]
pub mod seeds;

/// What the seeds ask of the claims.
pub mod support {
    use std::path::{Path, PathBuf};

    /// The top of the repository.
    pub fn top() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }
}
