using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Roost.Composition;
using Roost.Rpc;
using Roost.Services.Users;
using Roost.Web;
using Xunit;

namespace Roost.Tests.Composition;

/// <summary>The Users service on its own, and all else in a node that calls it over the network.</summary>
public sealed class UsersElsewhereTests : IDisposable
{
    private readonly string _users = Directory.CreateTempSubdirectory("roost-test-").FullName;
    private readonly string _rest = Directory.CreateTempSubdirectory("roost-test-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Directory.Delete(_users, recursive: true);
        Directory.Delete(_rest, recursive: true);
    }

    [Fact]
    public async Task People_are_served_over_two_processes_as_by_one_and_told_when_one_is_away()
    {
        var users = await RoleServer.StartAsync(Role.Users, new(_users, "http://127.0.0.1:0", []), admin: null, Ct);
        var address = users.Url;
        await using var server = await Server.StartAsync(
            new NodeOptions(_rest) { UsersElsewhere = new([address], []) }, "http://127.0.0.1:0",
            url => new WebOptions { PublicUrl = url }, LogLevel.Critical, Ct);
        using var http = new HttpClient { BaseAddress = server.Url };

        var made = await server.Node.Users.Create(
            new("ada", "ada@example.org", "correct horse battery", new FirstToken(0, "read write follow")),
            Call.Until(Ct));
        Assert.Empty(made.Errors);
        http.DefaultRequestHeaders.Authorization = new("Bearer", made.Token!.Value);
        using (var posted = await http.PostAsync(
            "/api/v1/statuses", new FormUrlEncodedContent([new("status", "hello")]), Ct))
        {
            Assert.Equal(HttpStatusCode.OK, posted.StatusCode);
        }
        using (var home = JsonDocument.Parse(await http.GetStringAsync("/api/v1/timelines/home", Ct)))
            Assert.Equal("ada", home.RootElement[0].GetProperty("account").GetProperty("username").GetString());
        Assert.False(File.Exists(Path.Combine(_rest, "users.db")));
        var wrong = await server.Node.Users.Create(new("ada", "other@example.org", "correct horse"), Call.Until(Ct));
        Assert.Equal(("username", "ERR_TAKEN"), (wrong.Errors[0].Field, wrong.Errors[0].Code));

        await users.DisposeAsync();
        using (var away = await http.GetAsync("/api/v1/timelines/home", Ct))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, away.StatusCode);
            Assert.Equal("application/json", away.Content.Headers.ContentType!.MediaType);
        }

        await using var again = await RoleServer.StartAsync(Role.Users, new(_users, address.ToString(), []), admin: null, Ct);
        HttpStatusCode status;
        do
        {
            using var reply = await http.GetAsync("/api/v1/timelines/home", Ct);
            status = reply.StatusCode;
        }
        while (status == HttpStatusCode.ServiceUnavailable);
        Assert.Equal(HttpStatusCode.OK, status);
    }

    [Fact]
    public async Task Who_starts_first_does_not_matter()
    {
        using var port = ClientPort.Bind("http://127.0.0.1:0");
        var address = port.Url;
        port.Dispose();

        var starting = Server.StartAsync(
            new NodeOptions(_rest) { UsersElsewhere = new([address], []) }, "http://127.0.0.1:0",
            url => new WebOptions { PublicUrl = url }, LogLevel.Critical, Ct);
        Assert.False(starting.IsCompleted);
        await using var users = await RoleServer.StartAsync(Role.Users, new(_users, address.ToString(), []), admin: null, Ct);

        await using var server = await starting;
        Assert.Equal(0, await server.Node.Users.Count(new CountAccounts(), Call.Until(Ct)));
    }
}
