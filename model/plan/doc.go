// Package plan says what a change of a repository would do, before anything is
// done: which files are rewritten, who must sign them, what clients will see.
//
// Compile is pure and deterministic: the same repositories, changes and moment
// give the same plan, byte for byte. It writes nothing and asks for nothing. Keys
// that do not exist yet are named by what they are for; Author binds them, once
// they are made, and gives the files to sign.
//
// A plan can be saved (Encode) and read by somebody else (Decode). The file holds
// the changes, the files that they were computed from, the plan that people read and its
// digest; whoever applies it compiles again and compares all of it (Saved.Altered,
// Plan.Digest). Nothing that the file says of rewrites is ever executed.
//
// Entry points: Compile, Author, Encode, Decode.
package plan
