using System.CommandLine;
using Roost.Composition;

namespace Roost.Cli.Serve;

/// <summary>What all have that <see cref="RoleServer"/> runs.</summary>
internal sealed class RoleOptions(int port)
{
    public Option<string> Data { get; } = DataOption.Create();

    public Option<string?> Database { get; } = DataOption.Database();

    public Option<string[]> Store { get; } = PlaceOptions.StoreOption();

    private readonly Option<string> _listen = PlaceOptions.ListenOption($"http://127.0.0.1:{port}");
    private readonly Option<string> _zone = PlaceOptions.ZoneOption();
    private readonly Option<string?> _admin = PlaceOptions.AdminOption();

    public IReadOnlyList<Option> All => [Data, Database, _listen, Store, _zone, _admin];

    public string DataOf(string role, ParseResult parsed, ServePlace place) =>
        place.DataOf(role, parsed.GetRequiredValue(Data));

    public string ListenOf(ParseResult parsed, ServePlace place) => place.ListenOf(parsed, _listen, port);

    /// <summary>As it was given; empty for none.</summary>
    public string[] StoreOf(ParseResult parsed) => parsed.GetValue(Store) ?? [];

    /// <param name="more">Adds what this role has besides; null for nothing.</param>
    public ServeStart StartOf(
        Role role, ParseResult parsed, ServePlace place, Func<ServeOptions, ServeOptions>? more = null)
    {
        var options = new ServeOptions(
            DataOf(role.Name, parsed, place), ListenOf(parsed, place), PlaceOptions.StoreOf(StoreOf(parsed)),
            parsed.GetValue(_zone) ?? "", parsed.GetValue(Database))
        {
            Here = place.Here,
        };
        options = more?.Invoke(options) ?? options;
        return new ServeStart(options.StandsBy || role.Waits, async (admin, ct) =>
        {
            var server = await RoleServer.StartAsync(role, options, admin, ct);
            return new ServedPart($"{role.Name} is ready at {server.Url}.", server, server.Stopping, server.Lost);
        });
    }
}
