package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

const (
	// The cell's programs ask dnsAddress; ipconfig.exe and nslookup.exe talk to controlAddress.
	dnsAddress     = "127.0.0.1:53"
	controlAddress = "127.0.0.1:54"
	// The engine's own forwarder is sent here for names that it does not know (--dns 127.0.0.2), and
	// hears that they do not exist, whatever name servers the engine's host has.
	nowhereAddress = "127.0.0.2:53"
	answerTimeout  = 3 * time.Second
)

// dnsClient is Windows' DNS client service as far as a web farm notices it: one cache for all programs of a
// container, of what was found and of what was not.
type dnsClient struct {
	knobs  knobs
	engine string

	mutex   sync.Mutex
	cache   map[string]cached
	history map[string]*history
}

// cached is what the client remembers of a name; without addresses, that there is none.
type cached struct {
	addresses []string
	expires   time.Time
}

// history is what the engine's DNS said of a name so far, for the knobs that trouble its answers.
type history struct {
	addresses         string
	changes           int
	negative, partial int
}

// startDNSClient takes the engine's name server out of resolv.conf and puts itself there.
func startDNSClient(knobs knobs) error {
	config, err := os.ReadFile("/etc/resolv.conf")
	if err != nil {
		return err
	}
	client := &dnsClient{knobs: knobs, cache: map[string]cached{}, history: map[string]*history{}}
	// After a restart the engine may or may not have written resolv.conf anew.
	const kept = "/run/engine-dns"
	others := []string{"nameserver 127.0.0.1"}
	for _, line := range strings.Split(string(config), "\n") {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "nameserver" {
			others = append(others, line)
		} else if words[1] != "127.0.0.1" && client.engine == "" {
			client.engine = words[1]
		}
	}
	if client.engine != "" {
		err = os.WriteFile(kept, []byte(client.engine), 0o644)
	} else {
		var earlier []byte
		earlier, err = os.ReadFile(kept)
		client.engine = string(earlier)
	}
	if err != nil {
		return err
	}

	control, err := net.Listen("tcp", controlAddress)
	if err != nil {
		return err
	}
	go client.serveControl(control)
	for address, handler := range map[string]dns.HandlerFunc{dnsAddress: client.answer, nowhereAddress: answerNowhere} {
		socket, err := net.ListenPacket("udp", address)
		if err != nil {
			return err
		}
		go func() { _ = (&dns.Server{PacketConn: socket, Handler: handler}).ActivateAndServe() }()
	}
	return os.WriteFile("/etc/resolv.conf", []byte(strings.Join(others, "\n")), 0o644)
}

func answerNowhere(writer dns.ResponseWriter, request *dns.Msg) {
	_ = writer.WriteMsg(new(dns.Msg).SetRcode(request, dns.RcodeNameError))
}

func (c *dnsClient) answer(writer dns.ResponseWriter, request *dns.Msg) {
	reply := new(dns.Msg).SetReply(request)
	reply.RecursionAvailable = true
	question := request.Question[0]
	// Windows containers have no IPv6.
	if question.Qtype == dns.TypeA {
		addresses := c.addressesOf(strings.ToLower(strings.TrimSuffix(question.Name, ".")))
		if len(addresses) == 0 {
			reply.Rcode = dns.RcodeNameError
		}
		for _, address := range addresses {
			header := dns.RR_Header{Name: question.Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 1}
			reply.Answer = append(reply.Answer, &dns.A{Hdr: header, A: net.ParseIP(address)})
		}
	}
	_ = writer.WriteMsg(reply)
}

func (c *dnsClient) addressesOf(name string) []string {
	c.mutex.Lock()
	known, isKnown := c.cache[name]
	c.mutex.Unlock()
	if isKnown && time.Now().Before(known.expires) {
		return known.addresses
	}
	addresses, ttl := c.askEngine(name)
	time.Sleep(time.Duration(c.knobs.draw(c.knobs.dnsDelay, name) * float64(time.Second)))

	c.mutex.Lock()
	defer c.mutex.Unlock()
	addresses = c.trouble(name, addresses)
	if len(addresses) == 0 {
		ttl = c.knobs.negativeTTL
	}
	c.cache[name] = cached{addresses, time.Now().Add(min(ttl, c.knobs.positiveTTL))}
	return addresses
}

// askEngine asks once; a failure is as good as "no such name", as it is for those who asked.
func (c *dnsClient) askEngine(name string) ([]string, time.Duration) {
	client := dns.Client{Timeout: answerTimeout}
	reply, _, err := client.Exchange(new(dns.Msg).SetQuestion(dns.Fqdn(name), dns.TypeA), net.JoinHostPort(c.engine, "53"))
	if err != nil {
		return nil, 0
	}
	var addresses []string
	var ttl time.Duration
	for _, record := range reply.Answer {
		if a, isAddress := record.(*dns.A); isAddress {
			addresses = append(addresses, a.A.String())
			ttl = time.Duration(a.Hdr.Ttl) * time.Second
		}
	}
	return addresses, ttl
}

// trouble makes of the engine's answer what the knobs want: after each change of what the engine knows,
// first answers that there is no such name, then ones that lack an address.
func (c *dnsClient) trouble(name string, addresses []string) []string {
	if len(addresses) == 0 {
		return nil
	}
	now := slices.Clone(addresses)
	sort.Strings(now)
	past := c.history[name]
	if past == nil {
		past = &history{}
		c.history[name] = past
	}
	if joined := strings.Join(now, " "); joined != past.addresses {
		past.addresses = joined
		past.changes++
		change := fmt.Sprintf("%s change %d", name, past.changes)
		past.negative = c.knobs.count(c.knobs.dnsNegative, change)
		past.partial = c.knobs.count(c.knobs.dnsPartial, change)
	}
	switch {
	case past.negative > 0:
		past.negative--
		return nil
	case past.partial > 0 && len(now) > 1:
		past.partial--
		lost := int(c.knobs.draw(span{0, float64(len(now)) - 0.001}, name+" lost"))
		return slices.Delete(now, lost, lost+1)
	}
	rand.Shuffle(len(now), func(a, b int) { now[a], now[b] = now[b], now[a] })
	return now
}

// nslookup is what Windows' nslookup.exe prints, which asks the engine itself, by TCP where an answer by UDP is too
// short; without a name, what it says when it starts.
func (c *dnsClient) nslookup(name string) string {
	server := fmt.Sprintf("Server:  UnKnown\r\nAddress:  %s\r\n\r\n", c.engine)
	if name == "" {
		return "Default " + server
	}
	question := new(dns.Msg).SetQuestion(dns.Fqdn(name), dns.TypeA)
	var reply *dns.Msg
	var err error
	for _, network := range []string{"udp", "tcp"} {
		client := dns.Client{Net: network, Timeout: answerTimeout}
		reply, _, err = client.Exchange(question, net.JoinHostPort(c.engine, "53"))
		if err != nil {
			return server + fmt.Sprintf("*** UnKnown can't find %s: No response from server\r\n", name)
		}
		if !reply.Truncated {
			break
		}
	}
	var addresses []string
	for _, record := range reply.Answer {
		if a, isAddress := record.(*dns.A); isAddress {
			addresses = append(addresses, a.A.String())
		}
	}
	switch len(addresses) {
	case 0:
		return server + fmt.Sprintf("*** UnKnown can't find %s: Non-existent domain\r\n", name)
	case 1:
		return server + fmt.Sprintf("Name:    %s\r\nAddress:  %s\r\n\r\n", name, addresses[0])
	}
	return server + fmt.Sprintf("Name:    %s\r\nAddresses:  %s\r\n\r\n", name, strings.Join(addresses, "\r\n\t  "))
}

// serveControl answers ipconfig.exe and nslookup.exe: a line with an argument, back the text that they print.
func (c *dnsClient) serveControl(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		line, _ := bufio.NewReader(connection).ReadString('\n')
		what, about, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch strings.ToLower(what) {
		case "nslookup":
			fmt.Fprint(connection, c.nslookup(about))
		case "/flushdns":
			c.mutex.Lock()
			clear(c.cache)
			c.mutex.Unlock()
			fmt.Fprint(connection, "\r\nWindows IP Configuration\r\n\r\nSuccessfully flushed the DNS Resolver Cache.\r\n")
		case "/displaydns":
			fmt.Fprint(connection, "\r\nWindows IP Configuration\r\n\r\n", c.display())
		}
		connection.Close()
	}
}

func (c *dnsClient) display() string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	var lines []string
	for name, known := range c.cache {
		left := int(time.Until(known.expires).Seconds())
		switch {
		case left <= 0:
		case len(known.addresses) == 0:
			lines = append(lines, fmt.Sprintf("    %s: Name does not exist. (%d s)\r\n", name, left))
		default:
			lines = append(lines, fmt.Sprintf("    %s: %s (%d s)\r\n", name, strings.Join(known.addresses, " "), left))
		}
	}
	sort.Strings(lines)
	return strings.Join(lines, "")
}
