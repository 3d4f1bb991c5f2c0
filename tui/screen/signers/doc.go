// Package signers is the screen of the people and robots who sign, across all repositories:
// each name with its key, where it may sign, whether clients pull what it signs, the other
// names of the key, and whether the private key is here. admin.Signers joins the data and
// makes every verdict; the screen shows them.
//
// Entry point: New.
package signers
