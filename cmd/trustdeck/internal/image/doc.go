// Package image parses what users type for a repository: image names as docker accepts
// them, and GUNs as notary accepts them.
//
// It is pure: the caller finds out whether a server knows a name.
package image
