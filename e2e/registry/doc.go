// Package registry holds the tests of how trustdeck asks a real registry what it
// serves under a signed tag.
package registry
