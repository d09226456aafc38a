package main

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"time"
)

// knobs make the answers of DNS late and flaky by choice. Each is a number or a range (3-10), of which the seed, the
// host name and the thing itself draw one: the same seed gives the same trouble.
type knobs struct {
	seed string
	// dnsDelay is how long the engine's DNS takes to answer.
	dnsDelay span
	// dnsNegative is how many answers say "no such name" after what the engine knows of a name has
	// changed, and dnsPartial how many after those lack one address of several.
	dnsNegative, dnsPartial span
	// negativeTTL and positiveTTL are how long the DNS client keeps an answer at most: what the registry of
	// the image says, else the defaults. WEBFARM_LAB_NEGATIVE_SECONDS goes before.
	negativeTTL, positiveTTL time.Duration
}

type span struct{ from, to float64 }

// What Windows' documentation says of MaxNegativeCacheTtl and MaxCacheTtl.
const (
	defaultNegativeTTL = 900 * time.Second
	defaultPositiveTTL = 86400 * time.Second
)

func readKnobs(env func(string) string) (knobs, error) {
	k := knobs{seed: env("WEBFARM_LAB_SEED"), negativeTTL: defaultNegativeTTL, positiveTTL: defaultPositiveTTL}
	k.readRegistry()
	var negative span
	for name, to := range map[string]*span{
		"DNS_DELAY_SECONDS": &k.dnsDelay,
		"DNS_NEGATIVE":      &k.dnsNegative,
		"DNS_PARTIAL":       &k.dnsPartial,
		"NEGATIVE_SECONDS":  &negative,
	} {
		text := env("WEBFARM_LAB_" + name)
		if text == "" {
			continue
		}
		from, until, isRange := strings.Cut(text, "-")
		if !isRange {
			until = from
		}
		var errFrom, errTo error
		to.from, errFrom = strconv.ParseFloat(from, 64)
		to.to, errTo = strconv.ParseFloat(until, 64)
		if errFrom != nil || errTo != nil || to.from < 0 || to.to < to.from {
			return k, fmt.Errorf("WEBFARM_LAB_%s is %q; allowed is a number such as 5, or a range such as 3-10", name, text)
		}
	}
	if env("WEBFARM_LAB_NEGATIVE_SECONDS") != "" {
		k.negativeTTL = time.Duration(k.draw(negative, "negative") * float64(time.Second))
	}
	return k, nil
}

// draw gives one value of a span, always the same for the same seed, host and thing.
func (k knobs) draw(from span, thing string) float64 {
	host, _ := os.Hostname()
	hash := fnv.New64a()
	fmt.Fprintf(hash, "%s/%s/%s", k.seed, host, thing)
	return from.from + rand.New(rand.NewPCG(hash.Sum64(), 0)).Float64()*(from.to-from.from)
}

// count is draw for a number of times.
func (k knobs) count(from span, thing string) int {
	return int(k.draw(from, thing) + 0.5)
}
