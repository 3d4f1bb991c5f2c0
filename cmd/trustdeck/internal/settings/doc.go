// Package settings decides what a run of trustdeck uses: which server, which
// folders, which certificates and pins.
//
// Each setting comes from the first of these that sets it:
//
//  1. the command line;
//  2. the context named for the run;
//  3. the environment: DOCKER_CONFIG, DOCKER_CONTENT_TRUST_SERVER, NOTARY_AUTH,
//     and the XDG folders;
//  4. the context that config.toml names;
//  5. trustdeck's own config.toml;
//  6. Notary's config.json, if it is in use (see below);
//  7. docker's defaults.
//
// A context is a file with those keys of config.toml that belong to a place. If one is in
// use, server, certificates and repositories come only from it.
//
// Notary's config.json is in use if --notary-config or config.toml names it. The one
// in ~/.notary is also in use if no earlier source sets Docker's folder or the
// server. So a user who has set up only notary gets notary's server, trust folder,
// certificates and pins, and a user who has set up docker is not surprised by a
// forgotten file.
//
// Resolve is pure: environment and files are passed in. It writes nothing and makes
// no requests, and its errors contain no secrets.
//
// An Editor gives the settings screen the settings of a run, each with its source. Only
// the Editor writes: it changes a few keys in the text of config.toml, so that comments
// and order stay. It shows the new text first, then writes it whole or not at all. It
// follows a symbolic link, which stays a link, and writes no file that it could not read
// back as intended.
package settings
