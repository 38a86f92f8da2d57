using System.Net;
using Roost.Cluster.Tests.Crash;
using Xunit;

namespace Roost.Cluster.Tests.Discovery;

/// <summary>Real processes that find each other through a real etcd, or a file.</summary>
public sealed class UsersElsewhereTests(EtcdServer etcd) : IClassFixture<EtcdServer>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(StoreKind.Etcd)]
    [InlineData(StoreKind.File)]
    public async Task A_users_process_that_is_killed_is_found_again_wherever_it_comes_back(StoreKind kind)
    {
        using var users = new Scratch();
        using var rest = new Scratch();
        var store = etcd.StoreOf(kind, rest);
        await using var first = Serve(users.Data, store);
        await using var up = await RoostProcess.UpAsync(rest.Data, Ct, "--store", store);
        using var http = new HttpClient { BaseAddress = up.Url };
        using var client = new Client(up.Url);
        var token = await client.JoinAsync("ada", Ct);
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(http));

        await first.KillAsync(Ct);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await AskAsync(http));
        await using var second = Serve(users.Data, store);
        await second.SaysAsync("users is ready", Ct);

        var status = await AskAsync(http);
        while (status == HttpStatusCode.ServiceUnavailable) status = await AskAsync(http);
        Assert.Equal(HttpStatusCode.OK, status);
        second.Stop();
        Assert.Equal(0, (await second.EndAsync(Ct)).ExitCode);
    }

    private static RoostProcess Serve(string data, string store) => RoostProcess.Start(
        "serve", "users", "--data", data, "--listen", "http://127.0.0.1:0", "--store", store);

    private static async Task<HttpStatusCode> AskAsync(HttpClient http)
    {
        using var reply = await http.GetAsync("/api/v1/accounts/verify_credentials", Ct);
        return reply.StatusCode;
    }
}
