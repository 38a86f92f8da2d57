using System.Net;
using Roost.Cluster.Tests.Crash;
using Xunit;

namespace Roost.Cluster.Tests.Discovery;

/// <summary>A real gateway process before real applications, found through a real etcd.</summary>
public sealed class GatewayProcessTests(EtcdServer etcd) : IClassFixture<EtcdServer>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_gateway_finds_web_through_etcd_and_again_when_it_was_killed_and_comes_back_elsewhere()
    {
        if (etcd.Missing is { } missing) Assert.Skip(missing);
        using var users = new Scratch();
        using var rest = new Scratch();
        var store = etcd.Endpoint.ToString();
        await using var usersProcess = RoostProcess.Start(
            "serve", "users", "--data", users.Data, "--listen", "http://127.0.0.1:0", "--store", store);
        await using var first = await RoostProcess.UpAsync(rest.Data, Ct, "--store", store);
        await using var gateway = RoostProcess.Start(
            "serve", "gateway", "--listen", "http://127.0.0.1:0", "--store", store);
        using var http = new HttpClient { BaseAddress = UrlOf(await gateway.SaysAsync("gateway is ready at ", Ct)) };
        await UntilAsync(http, HttpStatusCode.OK);

        await first.KillAsync(Ct);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await AskAsync(http));
        await using var second = await RoostProcess.UpAsync(rest.Data, Ct, "--store", store);
        await UntilAsync(http, HttpStatusCode.OK);

        gateway.Stop();
        Assert.Equal(0, (await gateway.EndAsync(Ct)).ExitCode);
    }

    [Theory]
    [InlineData(StoreKind.Etcd)]
    [InlineData(StoreKind.File)]
    public async Task Processes_find_each_others_admin_ports_through_a_store_and_tell_when_one_dies(StoreKind kind)
    {
        using var users = new Scratch();
        var store = etcd.StoreOf(kind, users);
        string[] both = ["--listen", "http://127.0.0.1:0", "--store", store, "--admin", "http://127.0.0.1:0"];
        await using var usersProcess = RoostProcess.Start(["serve", "users", "--data", users.Data, .. both]);
        await using var gateway = RoostProcess.Start(["serve", "gateway", .. both]);
        const string Admin = "Its admin pages are at ";
        var pages = new Uri((await gateway.SaysAsync(Admin, Ct))[Admin.Length..].TrimEnd('.'));
        using var http = new HttpClient();

        await UntilAsync("\"users\"],\"state\":\"answers\"");
        await usersProcess.KillAsync(Ct);
        // Silent while its lease lasts, and then gone; what it told last is there all the time.
        await UntilAsync("\"users\"],\"state\":\"silent\"");
        await UntilAsync("\"users\"],\"state\":\"gone\"");

        async Task UntilAsync(string part)
        {
            string network;
            do network = await http.GetStringAsync(new Uri(pages, "/admin/network.json"), Ct);
            while (!network.Contains(part, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_gateway_that_is_set_up_wrongly_says_how_it_is_done()
    {
        var nobody = await RoostProcess.RunAsync(Ct, "serve", "gateway", "--listen", "http://127.0.0.1:0");
        Assert.Equal(2, nobody.ExitCode);
        Assert.Contains("give web=URL", nobody.Error, StringComparison.Ordinal);

        var nonsense = await RoostProcess.RunAsync(Ct, "serve", "gateway", "--to", "http://127.0.0.1:3000");
        Assert.Equal(2, nonsense.ExitCode);
        Assert.Contains("give one like web=http://127.0.0.1:3000", nonsense.Error, StringComparison.Ordinal);
    }

    private static Uri UrlOf(string ready) => new(ready["gateway is ready at ".Length..].TrimEnd('.'));

    private static async Task UntilAsync(HttpClient http, HttpStatusCode wanted)
    {
        HttpStatusCode status;
        do status = await AskAsync(http);
        while (status != wanted);
    }

    private static async Task<HttpStatusCode> AskAsync(HttpClient http)
    {
        using var reply = await http.GetAsync("/api/v2/instance", Ct);
        return reply.StatusCode;
    }
}
