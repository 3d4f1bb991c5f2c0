// Package arch checks that the source of trustdeck keeps the shape that
// docs/architecture.md gives it: which folders there are, which package may
// import which, and that the trust core touches no disk, network, clock or
// terminal.
//
// It reads source files as they are, whatever their build constraints, so that
// a file for another system cannot hide an import. Test files are free to import
// what they want; only the names of packages bind them.
//
// The entry point is Check.
package arch
