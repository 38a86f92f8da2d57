using System.CommandLine;
using System.Globalization;
using Roost.Composition;
using Roost.Engine.Search.Queries;
using Roost.Rpc;
using Roost.Services.Search;
using Roost.Services.Timelines;

namespace Roost.Cli;

/// <summary><c>roost search</c>: finds posts from the command line, as a stranger sees them.</summary>
internal static class SearchCommand
{
    private const int LimitUsual = 20;
    private const int LimitMax = 40;

    public static Command Create()
    {
        var query = new Argument<string>("QUERY")
        {
            Description = "Words, \"phrases\", OR, -not, (…), #tag, from:name, has:link, before:2026-11-25, begin*; in "
                + "quotes of your shell.",
        };
        var data = DataOption.Create();
        var limit = new Option<int>("--limit")
        {
            Description = $"How many posts at most, 1 to {LimitMax}.",
            DefaultValueFactory = _ => LimitUsual,
        };
        limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > LimitMax)
                result.AddError($"--limit must be from 1 to {LimitMax}.");
        });
        var sort = new Option<string>("--sort")
        {
            Description = "newest first (unless told), or by relevance: recent, answered, boosted, favourites.",
            HelpName = "ORDER",
            DefaultValueFactory = _ => "newest",
        };
        sort.AcceptOnlyFromAmong("newest", "relevance");
        var command = new Command(
            "search",
            "Find posts of a network that does not run: those that strangers may see. What its search index lacks is "
            + "indexed first. Example: roost search 'eclipse -moon has:link' "
            + "--data my-community")
        {
            query, data, limit, sort,
        };
        command.Run(async (parsed, ct) =>
        {
            var text = parsed.GetRequiredValue(query);
            var error = parsed.InvocationConfiguration.Error;
            if (QueryParser.Parse(text).Error is { } wrong)
            {
                await error.WriteLineAsync($"roost: {wrong}\n{wrong.Point(text)}");
                return ExitCode.Usage;
            }
            var range = new SearchRange(Limit: parsed.GetValue(limit))
            {
                ByRelevance = parsed.GetValue(sort) == "relevance",
            };
            return await FindAsync(
                parsed.GetRequiredValue(data), text, range, parsed.InvocationConfiguration, ct);
        });
        return command;
    }

    /// <summary>Opens a data directory, indexes it, and searches.</summary>
    /// <exception cref="ServiceException">It cannot be used.</exception>
    private static async Task<int> FindAsync(
        string directory, string text, SearchRange range, InvocationConfiguration console, CancellationToken ct)
    {
        // A directory that is not there must not be made by looking for something in it.
        Services.Storage.DataDirectory.Open(directory, create: false).Dispose();
        // Nobody else is served meanwhile.
        var options = new NodeOptions(directory) { Search = new() { PastShare = 1 } };
        await using var node = await Node.OpenAsync(options, NodeTools.ForCommand(), ct);
        var call = Call.Until(ct);
        await node.Search.Ingested(new AwaitIngest(), call);
        var found = await node.Search.Posts(
            new FindPosts(default, text, default, range), call);
        if (found.Error is { } wrong)
            throw new ServiceException(ErrorCode.Invalid, wrong.ToString());
        var entries = await node.Timelines.Hydrate(new HydratePosts(default, found.Refs), call);
        foreach (var entry in entries.OfType<TimelineEntry>())
            await WriteAsync(console.Output, entry);
        if (found.IsPartial)
            await console.Error.WriteLineAsync("roost: time ran out; there may be more posts than these.");
        return ExitCode.Done;
    }

    /// <summary>A post a line: id, time, name and text, with tabs between.</summary>
    private static Task WriteAsync(TextWriter output, TimelineEntry entry) => output.WriteLineAsync(string.Join(
        '\t', entry.Post.Id,
        entry.Post.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        "@" + entry.Author.Account.Username, entry.Post.Text.ReplaceLineEndings(" ").Replace('\t', ' ')));
}
