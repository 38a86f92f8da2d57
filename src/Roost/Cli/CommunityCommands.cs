using System.CommandLine;
using System.Globalization;
using Roost.Composition;
using Roost.Rpc;
using Roost.Services.Community;
using Roost.Services.Media;
using Roost.Services.Storage;

namespace Roost.Cli;

/// <summary><c>roost emojis</c> and <c>roost announcements</c>: what a community shows to all, changed while no server
/// uses the directory.</summary>
internal static class CommunityCommands
{
    public static Command Emojis()
    {
        var code = new Argument<string>("SHORTCODE") { Description = "What people write between colons." };
        var file = new Argument<string>("FILE") { Description = "A JPEG, PNG, WebP or GIF picture." };
        var category = new Option<string?>("--category") { Description = "Where clients list it.", HelpName = "NAME" };
        var add = new Command("add", "Add an emoji. Example: roost emojis add blobcat blobcat.png")
        {
            code, file, category,
        };
        var list = new Command("list", "Name every emoji. Example: roost emojis list");
        var removed = new Argument<string>("SHORTCODE");
        var remove = new Command("remove", "Remove an emoji. Example: roost emojis remove blobcat") { removed };
        OnData(add, (parsed, data, output, ct) => AddEmojiAsync(
            data, parsed.GetRequiredValue(code), parsed.GetRequiredValue(file), parsed.GetValue(category), output, ct));
        OnData(list, (_, data, output, ct) => ListEmojisAsync(data, output));
        OnData(remove, (parsed, data, output, ct) =>
            RemoveEmojiAsync(data, parsed.GetRequiredValue(removed), output, ct));
        return new Command("emojis", "Look after the pictures that people write by a name.") { add, list, remove };
    }

    public static Command Announcements()
    {
        var text = new Argument<string>("TEXT") { Description = "What to tell everybody; plain text." };
        var ends = new Option<DateTimeOffset?>("--ends") { Description = "Until when.", HelpName = "TIME" };
        var add = new Command("add", "Tell everybody something. Example: roost announcements add 'Down on Sunday.'")
        {
            text, ends,
        };
        var list = new Command("list", "Show every announcement. Example: roost announcements list");
        var id = new Argument<long>("ID");
        var remove = new Command("remove", "Remove an announcement. Example: roost announcements remove 1") { id };
        OnData(add, async (parsed, data, output, ct) =>
        {
            var added = await data.Community.AddAnnouncement(
                new AddAnnouncement(parsed.GetRequiredValue(text), EndsAt: parsed.GetValue(ends)), Call.Until(ct));
            await output.WriteLineAsync($"This is announcement {added.Id}.");
        });
        OnData(list, async (_, data, output, ct) =>
        {
            var all = await data.Community.Announcements(new GetAnnouncements(default, All: true), Call.Until(ct));
            foreach (var one in all)
                await output.WriteLineAsync($"{one.Id,6}  {one.PublishedAt:yyyy-MM-dd}  {one.Text}");
        });
        OnData(remove, async (parsed, data, output, ct) =>
        {
            var number = parsed.GetRequiredValue(id);
            if (!await data.Community.RemoveAnnouncement(new RemoveAnnouncement(number), Call.Until(ct)))
                throw Refusal($"There is no announcement {number}.");
            await output.WriteLineAsync($"Announcement {number} is removed.");
        });
        return new Command("announcements", "Tell everybody something.") { add, list, remove };
    }

    /// <summary><c>roost accounts log</c>: what those who look after the community have done.</summary>
    public static Command Log()
    {
        var log = new Command(
            "log", "Show what those who look after the community have done, newest first. Example: roost accounts log");
        OnData(log, async (_, data, output, ct) =>
        {
            foreach (var one in await data.Community.Actions(new ListActions(Limit: 1_000), Call.Until(ct)))
            {
                var who = one.Account.IsNone ? "command line" : $"account {one.Account}";
                await output.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture, $"{one.At:yyyy-MM-dd HH:mm}  {who,-16}{one.Action,-28}{one.Target}"));
            }
        });
        return log;
    }

    internal static async Task AddEmojiAsync(
        CommunityDirectory data, string code, string file, string? category, TextWriter output, CancellationToken ct)
    {
        var content = await File.ReadAllBytesAsync(file, ct);
        var item = await data.Media.Upload(
            new UploadMedia(default, MediaPurpose.Emoji, content), Call.Until(ct));
        try
        {
            await data.Community.AddEmoji(
                new AddEmoji(new CustomEmoji(
                    code, category, item.FileKey, item.Original.Extension, item.Small.Extension, item.Id)),
                Call.Until(ct));
        }
        catch (ServiceException)
        {
            await data.Media.Delete(new DeleteMedia(default, item.Id, OfProfile: true), Call.Until(ct));
            throw;
        }
        await output.WriteLineAsync($"People can write :{code}: from the next start on.");
    }

    internal static async Task ListEmojisAsync(CommunityDirectory data, TextWriter output)
    {
        foreach (var emoji in data.Community.Emojis.All)
        {
            var category = emoji.Category is { } name ? $"  {name}" : "";
            await output.WriteLineAsync($":{emoji.Shortcode}:{category}");
        }
    }

    internal static async Task RemoveEmojiAsync(
        CommunityDirectory data, string code, TextWriter output, CancellationToken ct)
    {
        code = code.Trim(':');
        var emoji = await data.Community.RemoveEmoji(new RemoveEmoji(code), Call.Until(ct))
            ?? throw Refusal($"There is no emoji :{code}:.");
        await data.Media.Delete(new DeleteMedia(default, emoji.MediaId, OfProfile: true), Call.Until(ct));
        await output.WriteLineAsync($":{code}: is removed.");
    }

    private static void OnData(
        Command command, Func<ParseResult, CommunityDirectory, TextWriter, CancellationToken, Task> body)
    {
        var directory = DataOption.Create();
        command.Add(directory);
        command.Run(async (parsed, ct) =>
        {
            await using var data = CommunityDirectory.Open(parsed.GetRequiredValue(directory));
            await body(parsed, data, parsed.InvocationConfiguration.Output, ct);
            return ExitCode.Done;
        });
    }

    private static ServiceException Refusal(string message) => new(ErrorCode.Invalid, message);
}

/// <summary>What a community shows, in a data directory that no server uses.</summary>
internal sealed class CommunityDirectory : IAsyncDisposable
{
    private readonly DataDirectory _data;
    private readonly CommunityService _community;
    private readonly MediaService _media;

    private CommunityDirectory(DataDirectory data, CommunityService community, MediaService media) =>
        (_data, _community, _media) = (data, community, media);

    public CommunityApi Community => _community.Api;

    public MediaApi Media => _media.Api;

    /// <exception cref="ServiceException">It is in use, damaged or not there.</exception>
    public static CommunityDirectory Open(string directory)
    {
        var tools = NodeTools.ForCommand();
        var data = DataDirectory.Open(directory, create: false);
        try
        {
            DataParts.Require(data);
            var community = CommunityService.Open(data, tools.Time, tools.Loggers, tools.Meters);
            var media = MediaService.Open(data, new MediaOptions(), tools.Time, tools.Loggers, tools.Meters);
            return new CommunityDirectory(data, community, media);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _media.DisposeAsync();
        await _community.DisposeAsync();
        _data.Dispose();
    }
}
