package trace

import "strings"

// An End is how a run ends: at its nth point, in this way.
type End struct {
	Nth int
	Act Act
}

// Ends are all the ways in which a run with these points can end.
func Ends(points []string) []End {
	var out []End
	for i, point := range points {
		acts := []Act{KillBefore, KillAfter, DiskFull}
		if strings.HasPrefix(point, "write") {
			acts = append(acts, KillWithin)
		}
		for _, act := range acts {
			out = append(out, End{i, act})
		}
	}
	return out
}
