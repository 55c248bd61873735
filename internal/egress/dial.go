package egress

import (
	"context"
	"net"
)

// Dialer gives what connects to hosts that are no web servers, such as those of SFTP, by the same rules; the proxy is not for it.
func Dialer(o Options) (func(ctx context.Context, network, address string) (net.Conn, error), error) {
	l, err := parse(o.Allow)
	if err != nil {
		return nil, err
	}
	return l.dial, nil
}
