//go:build !linux

package pivcard

import "net"

// hurry does nothing: only Linux has virtual readers.
func hurry(net.Conn) {}
