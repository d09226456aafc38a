package main

import (
	"bufio"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The section of Wine's registry file with the DNS client's settings.
var dnsParameters = regexp.MustCompile(`(?i)^\[System\\\\(CurrentControlSet|ControlSet001)\\\\Services\\\\Dnscache\\\\Parameters\]`)

// readRegistry takes the DNS client's settings, as its service does when it starts, from Wine's registry file.
func (k *knobs) readRegistry() {
	registry, err := os.Open("/wine/system.reg")
	if err != nil {
		return
	}
	defer registry.Close()
	inside := false
	for lines := bufio.NewScanner(registry); lines.Scan(); {
		line := lines.Text()
		if strings.HasPrefix(line, "[") {
			inside = dnsParameters.MatchString(line)
		}
		name, value, found := strings.Cut(line, "=dword:")
		seconds, err := strconv.ParseUint(value, 16, 32)
		if !inside || !found || err != nil {
			continue
		}
		switch strings.ToLower(strings.Trim(name, `"`)) {
		case "maxnegativecachettl":
			k.negativeTTL = time.Duration(seconds) * time.Second
		case "maxcachettl":
			k.positiveTTL = time.Duration(seconds) * time.Second
		}
	}
}
