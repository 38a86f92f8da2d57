using System.Net;
using Microsoft.Extensions.Logging;
using Roost.Composition;
using Roost.Web;
using Xunit;

namespace Roost.Tests.Composition;

/// <summary>By whose address those count who come through proxies. Proxies here are this machine.</summary>
public sealed class ForwardedAddressTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("198.51.100.1", "198.51.100.2", false)]
    [InlineData("198.51.100.1", "203.0.113.9, 198.51.100.1", true)]
    [InlineData("198.51.100.1, 10.0.0.2", "198.51.100.2, 10.0.0.2", true)]
    public async Task Who_comes_through_a_proxy_on_this_machine_counts_by_the_address_that_it_added(
        string one, string other, bool asOne) => await CompareAsync([], one, other, asOne);

    [Theory]
    [InlineData("198.51.100.1, 10.0.0.2", "198.51.100.2, 10.0.0.2", false)]
    [InlineData("198.51.100.1, 10.0.0.2", "203.0.113.9, 198.51.100.1, 10.9.0.2", true)]
    public async Task Proxies_that_are_named_are_believed_too(string one, string other, bool asOne) =>
        await CompareAsync([IPNetwork.Parse("10.0.0.0/8")], one, other, asOne);

    private static async Task CompareAsync(IPNetwork[] proxies, string one, string other, bool asOne)
    {
        var directory = Directory.CreateTempSubdirectory("roost-test-").FullName;
        try
        {
            await using var server = await Server.StartAsync(
                new NodeOptions(directory), "http://127.0.0.1:0",
                url => new WebOptions
                {
                    PublicUrl = url,
                    Proxies = proxies,
                    RateLimits = new() { Address = new(1, 10_080) },
                },
                LogLevel.Critical, Ct);
            using var http = new HttpClient { BaseAddress = server.Url };

            Assert.Equal(HttpStatusCode.OK, await AskAsync(http, one));

            Assert.Equal(asOne ? HttpStatusCode.TooManyRequests : HttpStatusCode.OK, await AskAsync(http, other));
            Assert.Equal(HttpStatusCode.OK, await AskAsync(http, null));
            Assert.Equal(HttpStatusCode.OK, await AskAsync(http, null));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<HttpStatusCode> AskAsync(HttpClient http, string? forwardedFor)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/instance/rules");
        if (forwardedFor is not null) request.Headers.Add("X-Forwarded-For", forwardedFor);
        using var reply = await http.SendAsync(request, Ct);
        return reply.StatusCode;
    }
}
