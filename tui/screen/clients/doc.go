// Package clients is the screen of what other clients do on this machine: whether they
// verify what they pull, which server they ask, which folders they use, and where this
// program uses something else. It changes nothing and makes no network requests.
//
// Entry point: New.
package clients
