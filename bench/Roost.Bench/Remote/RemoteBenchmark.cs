using System.CommandLine;
using System.Net;
using System.Text.Json;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Roost.Bench.Frame;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Rpc.Balancing;
using Roost.Rpc.Clients;
using Roost.Rpc.Filters;
using Roost.Rpc.Remote;
using Roost.Services.Users;

namespace Roost.Bench.Remote;

/// <summary>
/// <c>users.get</c> of 20 accounts through the network on this machine, beside the same function within the process and
/// the same reply as constant bytes: through bare gRPC, and from the bare web server.
/// </summary>
internal static class RemoteBenchmark
{
    private const int Accounts = 20;

    public static Command Verb() => Verbs.Create(
        "remote",
        "A call of a service over gRPC, beside the direct call, bare gRPC and the bare web server.",
        RunAsync);

    private static async Task<Report> RunAsync(
        ParseResult parsed, BenchSettings settings, CancellationToken cancellation)
    {
        var report = new Report($"users.get of {Accounts} accounts");
        using var meters = new BenchMeters();
        var stack = new ServiceStack(meters, TimeProvider.System, new MethodLimits());
        var reply = Reply();
        var get = stack.Wrap<GetAccounts, Account?[]>("users.get", (_, _) => new(reply));
        var bytes = BytesOf(reply);
        await using var host = await StartAsync(get, bytes);
        var address = host.Services.GetRequiredService<IServer>().Features
            .Get<IServerAddressesFeature>()!.Addresses.Single();
        using var client = new RemoteClient(
            "users", new BalancerOptions(), new ClientPolicy(), meters, TimeProvider.System, seed: 1);
        client.Update([new InstanceInfo("one", Address: address)]);
        var remote = UsersRemote.ConnectUsers(client).Get;
        using var channel = GrpcChannel.ForAddress(address);
        var bare = new BareCalls(channel.CreateCallInvoker(), bytes.Length);
        using var http = new HttpClient
        {
            BaseAddress = new Uri(address),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var request = new GetAccounts([.. Enumerable.Range(1, Accounts).Select(id => new AccountId(id))]);

        foreach (var atOnce in new[] { 1, 32 })
        {
            var calls = settings.Quick ? 200 : 6_000;
            var measured = await Rounds.RunAsync(
                settings,
                [
                    Loop("over gRPC, whole stack", calls, atOnce, async () => await remote(request, Call.Unbounded)),
                    Loop("bare gRPC, constant bytes", calls, atOnce, bare.CallAsync),
                    Loop(
                        "bare web server, HTTP/2, constant bytes", calls, atOnce,
                        () => http.GetByteArrayAsync("/bytes")),
                    Loop("direct call, whole stack", calls, atOnce, async () => await get(request, Call.Unbounded)),
                ],
                cancellation);
            report.AddRounds(
                $"{atOnce} at once; client and server share this machine", "call", measured, measured[1]);
        }
        var codecs = await CodecAsync(reply, settings, cancellation);
        report.AddRounds("Writing the reply and reading it", "reply", codecs, codecs[1]);
        return report;
    }

    private static async Task<Measured[]> CodecAsync(
        Account?[] reply, BenchSettings settings, CancellationToken cancellation)
    {
        var replies = settings.Quick ? 100 : 20_000;
        var codec = UsersRemote.UsersGet.ReplyCodec;
        return await Rounds.RunAsync(
            settings,
            [
                new Subject("records to protobuf and back", () =>
                {
                    for (var i = 0; i < replies; i++)
                    {
                        var writer = new WireWriter();
                        codec.Write(ref writer, reply);
                        var reader = new WireReader(writer.Written);
                        Check(codec.Read(ref reader));
                        writer.Dispose();
                    }
                    return replies;
                }),
                new Subject("System.Text.Json", () =>
                {
                    for (var i = 0; i < replies; i++)
                        Check(JsonSerializer.Deserialize<Account?[]>(JsonSerializer.SerializeToUtf8Bytes(reply))!);
                    return replies;
                }),
            ],
            cancellation);
    }

    private static void Check(Account?[] read)
    {
        if (read.Length != Accounts) throw new InvalidOperationException($"{read.Length} accounts came back.");
    }

    private static Subject Loop(string name, int calls, int atOnce, Func<Task> call) => new(name, async () =>
    {
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < calls / atOnce; i++) await call();
        })));
        return calls / atOnce * atOnce;
    });

    private static async Task<WebApplication> StartAsync(Service<GetAccounts, Account?[]> get, byte[] bytes)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        RemoteServices.Register(builder.Services);
        var app = builder.Build();
        var services = app.Services.GetRequiredService<RemoteServices>();
        services.Add(UsersRemote.UsersGet, get);
        services.Add(BareCalls.Served, (_, _) => new(bytes));
        RemoteServices.Map(app);
        app.MapGet("/bytes", () => Results.Bytes(bytes));
        await app.StartAsync();
        return app;
    }

    private static byte[] BytesOf(Account?[] reply)
    {
        var writer = new WireWriter();
        UsersRemote.UsersGet.ReplyCodec.Write(ref writer, reply);
        var bytes = writer.Written.ToArray();
        writer.Dispose();
        return bytes;
    }

    private static Account?[] Reply() => [.. Enumerable.Range(1, Accounts).Select(id => new Account(
        new AccountId(id), $"user{id}", $"User {id}", "Likes birds and long walks at the sea.", false, false,
        DateTimeOffset.UnixEpoch))];
}
