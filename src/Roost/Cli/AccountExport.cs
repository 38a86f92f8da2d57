using System.CommandLine;
using Roost.Rpc;
using Roost.Services.Users;
using Roost.Web;
using Roost.Web.Settings;

namespace Roost.Cli;

/// <summary><c>roost accounts export</c>: what belongs to an account, as a zip.</summary>
internal static class AccountExport
{
    private const int BufferBytes = 64 << 10;

    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The account's username." };
        var to = new Option<string?>("--to")
        {
            Description = "The zip to write; it must not be there yet. NAME.zip unless told.",
            HelpName = "FILE",
        };
        var publicUrl = new Option<string>("--public-url")
        {
            Description = "Where people reach the server: it is in the addresses of posts.",
            HelpName = "URL",
            DefaultValueFactory = _ => "http://127.0.0.1:3000",
        };
        var command = new Command(
            "export",
            "Write what belongs to an account into a zip: its posts as JSON, their pictures, and whom it follows, "
            + "blocks and mutes, its lists and bookmarks as CSV. Example: roost accounts export ann --data "
            + "my-community")
        {
            name, to, publicUrl,
        };
        command.RunOnData((parsed, session, ct) => WriteAsync(
            session, parsed.GetRequiredValue(name), parsed.GetValue(to), parsed.GetRequiredValue(publicUrl), ct));
        return command;
    }

    /// <param name="path">Must not be there yet; null for the username with <c>.zip</c>.</param>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorCode.Invalid"/>: no such account, or no such URL; else the directory cannot be used. No file is
    /// left behind.
    /// </exception>
    /// <exception cref="IOException">The file is there, or cannot be written.</exception>
    internal static async Task WriteAsync(
        CommandSession session, string name, string? path, string publicUrl, CancellationToken ct)
    {
        if (!Uri.TryCreate(publicUrl, UriKind.Absolute, out var url))
        {
            throw new ServiceException(
                ErrorCode.Invalid, $"--public-url '{publicUrl}' is not a URL; give one like https://social.example.");
        }
        var call = Call.Until(ct);
        if ((await session.Data.Users.Find(new FindAccounts([name]), call))[0] is not { } account)
        {
            throw new ServiceException(
                ErrorCode.Invalid, $"There is no account '{name}' in {session.Data.Path}. Give a username, without @.");
        }
        path ??= account.Username + ".zip";
        var node = await session.Data.WholeAsync(ct);
        var archive = new AccountArchive(node.Web, new WebOptions { PublicUrl = url });
        var (posts, pictures) = (0, 0);
        await session.Talk.WriteFileAsync(
            path,
            async file =>
            {
                // A zip is written in crumbs.
                await using var buffered = new BufferedStream(file, BufferBytes);
                (posts, pictures) = await archive.WriteAsync(account, buffered, call);
            }, ct);
        await session.Output.WriteLineAsync(
            $"{path} has {posts} posts and boosts of {account.Username}, and {pictures} pictures.");
    }
}
