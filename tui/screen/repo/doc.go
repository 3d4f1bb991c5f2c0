// Package repo is the screen of one repository: its roles, keys, signers, tags,
// history and raw files, each a tab with a list and the detail of the selected
// row. The repository comes from the board; tags and history are computed or
// read when their tab is first seen.
//
// Entry point: New.
package repo
