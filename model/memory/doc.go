// Package memory is the record of what trustdeck has verified of a repository, and the
// rules by which it grows: a later answer that is older, missing or broken never makes it
// forget a verified version. It is pure and knows no dialect: a dialect says what a look
// has verified, and a store keeps the record.
//
// Entry points: Record, Look, Record.Merge.
package memory
