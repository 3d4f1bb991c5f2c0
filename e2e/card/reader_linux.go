package card

import (
	"net"
	"syscall"
)

// acknowledge has the kernel confirm at once what it receives next. vpcd sends the length and
// the bytes of a message apart and waits for that: without it each command takes 44 ms.
func acknowledge(conn net.Conn) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	})
}
