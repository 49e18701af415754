package server

import (
	"bytes"
	"net"
	"net/netip"
	"slices"

	"github.com/valyala/fasthttp"
)

const headerForwarded = "X-Forwarded-For"

// address returns the address that a request is from, without its port: of IPv6 the
// first 64 bits, as the rest is the client's to choose. It is that of the connection
// or, if a trusted proxy has that, the one told by it. It is asked for only when a
// request is refused.
func (s *Server) address(h *fasthttp.RequestHeader, c *conn) string {
	tcp, ok := c.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return "local"
	}
	ip := tcp.AddrPort().Addr().Unmap()
	if s.trusts(ip) {
		ip = s.forwarded(h, ip)
	}
	if ip.Is6() {
		return netip.PrefixFrom(ip.WithZone(""), 64).Masked().String()
	}
	return ip.String()
}

func (s *Server) trusts(ip netip.Addr) bool {
	return slices.ContainsFunc(s.config.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(ip.WithZone("")) })
}

// forwarded returns the last address of the fields X-Forwarded-For that is not that
// of a trusted proxy: each has added whom it was asked by at the end, and what
// stands before anybody else may have written. Where there is none, or no address
// at all, it is the last proxy.
func (s *Server) forwarded(h *fasthttp.RequestHeader, proxy netip.Addr) netip.Addr {
	hops := bytes.Split(bytes.Join(h.PeekAll(headerForwarded), []byte(",")), []byte(","))
	for _, hop := range slices.Backward(hops) {
		ip, ok := parseHop(string(bytes.TrimSpace(hop)))
		if !ok {
			return proxy
		}
		if proxy = ip; !s.trusts(ip) {
			break
		}
	}
	return proxy
}

// parseHop reads an address, with a port or without.
func parseHop(text string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(text); err == nil {
		return a.Unmap(), true
	}
	if a, err := netip.ParseAddrPort(text); err == nil {
		return a.Addr().Unmap(), true
	}
	if n := len(text); n > 2 && text[0] == '[' && text[n-1] == ']' {
		a, err := netip.ParseAddr(text[1 : n-1])
		return a.Unmap(), err == nil
	}
	return netip.Addr{}, false
}
