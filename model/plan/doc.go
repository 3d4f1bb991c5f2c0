// Package plan says what a change of a repository would do, before anything is
// done: which files are rewritten, who must sign them, what clients will see.
//
// Compile is pure and deterministic: the same repositories, changes and time give the
// same plan, byte for byte. It writes and requests nothing. Keys that don't exist yet are
// named by their purpose; once they are made, Author binds them and returns the files to
// sign.
//
// A plan can be saved (Encode) and read by someone else (Decode). The file has the
// changes, the files they are based on, the plan that people read, and its digest. To
// apply it, the changes are compiled again and everything is compared (Saved.Altered,
// Plan.Digest). The rewrites in the file are never executed.
//
// Entry points: Compile, Author, Encode, Decode.
package plan
