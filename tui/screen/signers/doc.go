// Package signers is the screen of the people and robots who sign, across all
// repositories: each name with its key, where it may sign and whether clients
// pull it, under which other names the key goes, and whether the private key is
// here. The joining and every verdict are admin.Signers'; the screen shows them.
//
// Entry point: New.
package signers
