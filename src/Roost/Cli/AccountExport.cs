using Roost.Composition;
using Roost.Rpc;
using Roost.Services.Storage;
using Roost.Services.Users;
using Roost.Web;
using Roost.Web.Settings;

namespace Roost.Cli;

/// <summary>Writes what belongs to an account of a directory that no server uses into a zip.</summary>
internal static class AccountExport
{
    /// <param name="path">Must not be there yet; null for the username with <c>.zip</c>.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorCode.Invalid"/>: no such account, no such URL, or the file is there; else the directory cannot
    /// be used. No file is left behind.
    /// </exception>
    public static async Task<int> WriteAsync(
        string name, string directory, string? path, string publicUrl, TextWriter output, CancellationToken ct)
    {
        if (!Uri.TryCreate(publicUrl, UriKind.Absolute, out var url))
        {
            throw new ServiceException(
                ErrorCode.Invalid, $"--public-url '{publicUrl}' is not a URL; give one like https://social.example.");
        }
        // A directory that is not there must not be made by looking for something in it.
        DataDirectory.Open(directory, create: false).Dispose();
        await using var node = await Node.OpenAsync(new NodeOptions(directory), NodeTools.ForCommand(), ct);
        var call = Call.Until(ct);
        if ((await node.Users.Find(new FindAccounts([name]), call))[0] is not { } account)
        {
            throw new ServiceException(
                ErrorCode.Invalid, $"There is no account '{name}' in {directory}. Give a username, without @.");
        }
        path ??= account.Username + ".zip";
        if (Path.Exists(path))
            throw new ServiceException(ErrorCode.Invalid, $"{path} is there already; give another file with --to.");
        var (posts, pictures) = await WriteAsync(node, new WebOptions { PublicUrl = url }, account, path, call);
        await output.WriteLineAsync(
            $"{path} has {posts} posts and boosts of {account.Username}, and {pictures} pictures.");
        return ExitCode.Done;
    }

    private static async Task<(int Posts, int Pictures)> WriteAsync(
        Node node, WebOptions options, Account account, string path, Call call)
    {
        var unfinished = path + ".part";
        try
        {
            (int, int) counts;
            await using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write))
                counts = await new AccountArchive(node.Web, options).WriteAsync(account, file, call);
            File.Move(unfinished, path);
            return counts;
        }
        finally
        {
            File.Delete(unfinished);
        }
    }
}
