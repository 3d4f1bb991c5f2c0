// Package settings decides what a run of trustdeck uses: which server, which
// folders, which certificates and pins.
//
// Each setting is taken from the first of these that states it:
//
//  1. the command line;
//  2. the context that is named for the run;
//  3. the environment: DOCKER_CONFIG, DOCKER_CONTENT_TRUST_SERVER, NOTARY_AUTH,
//     and the XDG folders;
//  4. the context that config.toml names;
//  5. trustdeck's own config.toml;
//  6. Notary's config.json, where it is in use (see below);
//  7. what docker does without any setting.
//
// A context is a file of its own, with the keys of config.toml that belong to a place.
// Where one is in use, server, certificates and repositories are its own or none.
//
// Notary's config.json is in use where --notary-config or config.toml names it.
// The one in ~/.notary is also in use where nothing before it in the order says
// where Docker's folder or the server is: a user who has set up only notary
// gets notary's server, trust folder, certificates and pins, and one who has set
// up docker is not surprised by a forgotten file.
//
// Resolve is pure: environment and files are passed in. It neither writes nor
// asks anything, and no secret appears in its errors.
//
// An Editor shows the settings of a run, each with the place that it comes from,
// to the settings screen, and is the only thing here that writes: changes of a
// few keys of config.toml, made in its text so that comments and order stay,
// first shown, then written whole or not at all. A symbolic link is followed and
// stays one. It writes no file that it could not read back as meant.
package settings
