using System.Net;
using System.Net.Sockets;
using Roost.Services.Outbound;
using Xunit;

namespace Roost.Tests.Services.Outbound;

/// <summary>Where requests to addresses that strangers named may go.</summary>
public sealed class OutboundGuardTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.1.2.3")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("100.64.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("198.19.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("fe80::1")]
    [InlineData("fc00::1")]
    [InlineData("fd12:3456::1")]
    [InlineData("ff02::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2001::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("2002:c0a8:101::1")]
    public void Addresses_that_are_set_aside_are_not_public(string address) =>
        Assert.False(PublicAddresses.Has(IPAddress.Parse(address)));

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("172.32.0.1")]
    [InlineData("100.128.0.1")]
    [InlineData("192.0.1.1")]
    [InlineData("223.255.255.255")]
    [InlineData("2606:4700::1111")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("64:ff9b::808:808")]
    [InlineData("2002:808:808::1")]
    public void All_others_are(string address) => Assert.True(PublicAddresses.Has(IPAddress.Parse(address)));

    [Theory]
    [InlineData("https://push.example/abc", null)]
    [InlineData("https://8.8.8.8:8443/abc", null)]
    [InlineData("http://push.example/abc", "must begin with https://")]
    [InlineData("file:///etc/passwd", "is not an absolute URL")]
    [InlineData("/abc", "is not an absolute URL")]
    [InlineData("", "is not an absolute URL")]
    [InlineData(null, "is not an absolute URL")]
    [InlineData("https://me:secret@push.example/", "must not have a user name")]
    [InlineData("https://127.0.0.1/", "leads to a private address")]
    [InlineData("https://0x7f.1/", "leads to a private address")]
    [InlineData("https://2130706433/", "leads to a private address")]
    [InlineData("https://[::1]/", "leads to a private address")]
    [InlineData("https://[::ffff:192.168.1.1]/", "leads to a private address")]
    public void What_is_wrong_with_an_address_is_said_before_it_is_tried(string? address, string? problem) =>
        Assert.Equal(problem, OutboundGuard.PublicOnly.ProblemWith(address, "https"));

    [Fact]
    public async Task A_name_that_leads_to_a_private_address_is_not_connected_to()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var client = new HttpClient(OutboundGuard.PublicOnly.MakeHandler(_patience));

        foreach (var host in new[] { "localhost", "127.0.0.1", "[::ffff:127.0.0.1]" })
        {
            var failure = await Assert.ThrowsAsync<HttpRequestException>(
                () => client.GetAsync($"http://{host}:{port}/", TestContext.Current.CancellationToken));
            Assert.IsType<OutboundRefusedException>(failure.InnerException);
        }
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task What_is_allowed_is_reached_and_redirections_are_left_to_the_caller()
    {
        var ct = TestContext.Current.CancellationToken;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var client = new HttpClient(new OutboundGuard(IPAddress.IsLoopback).MakeHandler(_patience));

        var getting = client.GetAsync($"http://127.0.0.1:{port}/", ct);
        using var accepted = await listener.AcceptTcpClientAsync(ct);
        await accepted.GetStream().WriteAsync(
            "HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), ct);
        using var response = await getting;

        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
    }
}
