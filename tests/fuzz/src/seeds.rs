//! Writes what each fuzz target begins with into a folder of its own below the folder that is named. Must not know what is
//! done with it.

use fuzz::bodies::BODIES;
use std::path::Path;

fn main() {
    let corpus = std::env::args_os().nth(1).expect("the folder of the corpora");
    for (name, _) in BODIES {
        let folder = Path::new(&corpus).join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        for (at, seed) in fuzz::seeds::of(name).iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{at:03}")), seed).expect("a file");
        }
    }
}
