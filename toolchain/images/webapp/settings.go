package main

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"time"
)

// settings come from the environment; each has a default, so that the image runs as it is.
type settings struct {
	replica     string
	generation  string
	version     string
	host        string
	address     string
	port        string
	startDelay  time.Duration
	unhealthy   bool
	logRequests bool
}

func readSettings(env func(string) string) (settings, error) {
	orElse := func(name, fallback string) string {
		if value := env(name); value != "" {
			return value
		}
		return fallback
	}
	host, err := os.Hostname()
	if err != nil {
		return settings{}, fmt.Errorf("this container's host name is unknown: %w", err)
	}
	read := settings{
		replica:     orElse("WEBFARM_REPLICA", host),
		generation:  orElse("WEBFARM_GENERATION", "1"),
		version:     orElse("WEBFARM_VERSION", "1"),
		host:        host,
		address:     ownAddress(),
		port:        orElse("PORT", "80"),
		unhealthy:   env("WEBFARM_UNHEALTHY") == "1",
		logRequests: env("WEBFARM_LOG") == "1",
	}
	if port, err := strconv.Atoi(read.port); err != nil || port < 1 || port > 65535 {
		return settings{}, fmt.Errorf("PORT is %q; allowed is a number from 1 to 65535", read.port)
	}
	delay := orElse("WEBFARM_START_DELAY", "0s")
	if read.startDelay, err = time.ParseDuration(delay); err != nil || read.startDelay < 0 {
		return settings{}, fmt.Errorf("WEBFARM_START_DELAY is %q; allowed is a duration such as 5s", delay)
	}
	return read, nil
}

// ownAddress is the first IPv4 address that other containers can reach.
func ownAddress() string {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return "unknown"
	}
	for _, address := range addresses {
		network, ok := address.(*net.IPNet)
		if ok && !network.IP.IsLoopback() && network.IP.To4() != nil {
			return network.IP.String()
		}
	}
	return "unknown"
}
