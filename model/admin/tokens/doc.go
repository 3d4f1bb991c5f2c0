// Package tokens changes tokens: their PINs, and the keys on them.
//
// Entry point: Service.
package tokens
