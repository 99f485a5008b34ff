# What a contributor runs. `make check test rehearse` is what continuous integration does.
.PHONY: check test rehearse golden package

check:
	cargo fmt --all --check
	cargo clippy --release --workspace --all-targets -- -D warnings
	.ci/lint

test:
	cargo test --release --workspace

rehearse:
	cargo run --release -p rehearsal

# Writes the golden timelines anew; read the difference before keeping it.
golden:
	UPDATE_GOLDEN=1 cargo test --release -p tests --test claims scenarios

# The one binary that every function runs (needs cargo-lambda).
package:
	cargo lambda build --profile release-lambda --arm64 --bin bootstrap
