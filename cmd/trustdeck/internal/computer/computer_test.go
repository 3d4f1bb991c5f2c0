package computer

import (
	"crypto/sha256"
	"errors"
	"net"
	"os"
	"reflect"
	"testing"
	"testing/fstest"

	"trustdeck/model"
)

// What Linux writes, with and without a way out.
const (
	titles4 = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
	local4  = "eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
	out4    = "eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
	// nowhere6 is in the table of every machine that has IPv6.
	nowhere6 = "00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200 lo\n"
	out6     = "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00450003 eth0\n"
	refused6 = "00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 00000400 00000001 00000000 00000201 eth0\n"
	swaps    = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
	swapped  = "/dev/sda2                               partition\t1048572\t\t0\t\t-2\n"
)

func TestMachine(t *testing.T) {
	t.Parallel()
	lo, eth, down := net.Interface{Name: "lo", Flags: net.FlagUp | net.FlagLoopback}, net.Interface{Name: "eth0", Flags: net.FlagUp}, net.Interface{Name: "sit0"}
	for name, row := range map[string]struct {
		interfaces []net.Interface
		proc       map[string]string
		want       model.Machine
	}{
		"apart": {
			[]net.Interface{lo, down},
			map[string]string{"net/route": titles4, "net/ipv6_route": nowhere6, "swaps": swaps},
			model.Machine{Network: model.No, Route: model.No, Swap: model.No},
		},
		"connected": {
			[]net.Interface{lo, eth, down},
			map[string]string{"net/route": titles4 + local4 + out4, "net/ipv6_route": nowhere6, "swaps": swaps + swapped},
			model.Machine{Network: model.Yes, Interfaces: []string{"eth0"}, Route: model.Yes, Swap: model.Yes, Swaps: []string{"/dev/sda2"}},
		},
		"by IPv6 alone": {
			[]net.Interface{lo, eth},
			map[string]string{"net/route": titles4 + local4, "net/ipv6_route": nowhere6 + out6, "swaps": swaps},
			model.Machine{Network: model.Yes, Interfaces: []string{"eth0"}, Route: model.Yes, Swap: model.No},
		},
		"no way out": {
			[]net.Interface{lo, eth},
			map[string]string{"net/route": titles4 + local4, "net/ipv6_route": nowhere6 + refused6, "swaps": ""},
			model.Machine{Network: model.Yes, Interfaces: []string{"eth0"}, Route: model.No, Swap: model.No},
		},
		"another system": {[]net.Interface{lo}, nil, model.Machine{Network: model.No}},
		"no tables":      {nil, map[string]string{"else": ""}, model.Machine{}},
		"garbage":        {[]net.Interface{lo}, map[string]string{"net/route": "\x00", "net/ipv6_route": "x\n", "swaps": "\n\n"}, model.Machine{Network: model.No, Route: model.No, Swap: model.No}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &Reader{version: "1.2.3", checksum: func() []byte { return []byte("sum") }, interfaces: func() ([]net.Interface, error) {
				if row.interfaces == nil {
					return nil, errors.New("none of your business")
				}
				return row.interfaces, nil
			}}
			if row.proc != nil {
				files := fstest.MapFS{}
				for name, text := range row.proc {
					files[name] = &fstest.MapFile{Data: []byte(text)}
				}
				r.proc = files
			}
			row.want.Version, row.want.Checksum = "1.2.3", []byte("sum")
			if got := r.Machine(); !reflect.DeepEqual(got, row.want) {
				t.Errorf("got %+v, want %+v", got, row.want)
			}
		})
	}
}

// The checksum is that of the program that runs.
func TestChecksum(t *testing.T) {
	t.Parallel()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(content); string(New("").Machine().Checksum) != string(sum[:]) {
		t.Error("it is not that of the test")
	}
}
