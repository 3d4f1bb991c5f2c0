// Package report has trustdeck's answers to other programs: the types of its JSON
// answers, the conversions from model values to them, and the output of "docker trust
// inspect" for programs that parse that.
//
// Every answer carries the schema name; docs/json.md lists every member, and a
// test compares that page with the types. Members are only ever added within
// one schema version.
//
// The package is pure: it reads and requests nothing, knows no terminal and
// computes no verdict. Encode writes an answer so that no string in it, however
// hostile, can move a terminal's cursor.
//
// Entry points: NewRepos, NewInspect, NewTags, NewKeys, NewVerify, NewDoctor,
// NewSigners, NewStatus, NewArchive, NewVersion; Docker and DockerPretty.
package report
