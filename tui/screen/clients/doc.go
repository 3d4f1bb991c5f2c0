// Package clients is the screen of what other clients do on this machine: whether they
// verify what they get, whom they ask, which folders they use, and where this program uses
// something else. It changes nothing and asks nothing over the network.
//
// Entry point: New.
package clients
