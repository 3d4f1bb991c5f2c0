package pivcard

import (
	"net"
	"syscall"
)

// hurry acknowledges at once what has come. vpcd sends a length, and what it belongs to only once
// that is acknowledged, for which the kernel would take 40 ms.
func hurry(conn net.Conn) {
	tcp, is := conn.(*net.TCPConn)
	if !is {
		return
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1) })
}
