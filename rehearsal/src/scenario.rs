//! Scenario folders: `world.json`, `request.json` and the expected `timeline.txt`. Must not know what is in them.

use crate::run::Play;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Largest file that is read, bytes: the world of a test has 500 distributions, a hostile one has no end.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Reads a scenario folder.
///
/// # Errors
/// What is missing or cannot be read, for a person.
pub fn load(folder: &Path, seed: u64) -> Result<Play, String> {
    if !folder.is_dir() {
        return Err(format!("{} is no folder; a scenario is a folder with world.json and request.json", folder.display()));
    }
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    from_files(&name, &folder.join("world.json"), &folder.join("request.json"), seed)
}

/// Reads a world and a request from anywhere.
///
/// # Errors
/// As [`load`].
pub fn from_files(name: &str, world: &Path, request: &Path, seed: u64) -> Result<Play, String> {
    Ok(Play { scenario: name.to_owned(), world: read(world)?, request: read(request)?, seed, faults: vec![] })
}

/// A world, from its file or the folder that it lies in, and the request beside it with its path, if there is one.
///
/// # Errors
/// As [`load`].
pub fn world_and_request(path: &Path) -> Result<(Value, Option<(Value, PathBuf)>), String> {
    let world = if path.is_dir() { path.join("world.json") } else { path.to_owned() };
    let request = world.with_file_name("request.json");
    let request = if request.is_file() && request != world { Some((read(&request)?, request)) } else { None };
    Ok((read(&world)?, request))
}

fn read(path: &Path) -> Result<Value, String> {
    let size = std::fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?.len();
    if size > FILE_BYTES_MAX {
        return Err(format!("{} has {size} bytes; {FILE_BYTES_MAX} are the most", path.display()));
    }
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}
