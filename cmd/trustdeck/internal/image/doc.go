// Package image reads what users write for a repository: image names as docker
// takes them, and GUNs as notary takes them.
//
// It is pure: whether a server knows a name is for the caller to find out.
package image
