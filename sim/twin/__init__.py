"""The core as a WebAssembly module: what runs in the page of a build."""
