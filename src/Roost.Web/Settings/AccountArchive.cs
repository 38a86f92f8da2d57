using System.IO.Compression;
using System.Text;
using Roost.Rpc;
using Roost.Services.Media;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Media;
using Roost.Web.Rendering;

namespace Roost.Web.Settings;

/// <summary>
/// An account's own things as one zip, written while they are read: nothing of it is in memory whole.
/// <code>
///  account.json   as the client API's Account
///  posts.json     all its posts and boosts, newest first, as the client API's Status
///  media/…        the pictures of its posts; their names are in the posts' addresses
///  follows.csv …  the files of <see cref="CsvExports"/>
/// </code>
/// </summary>
public sealed class AccountArchive
{
    private const int PagePosts = 40;
    private const long RendererBytes = 1 << 20;

    private readonly WebServices _services;
    private readonly WebOptions _options;
    private readonly AccountRenderer _accounts;
    private readonly StatusRenderer _statuses;

    /// <param name="options">Its public URL is in all addresses.</param>
    public AccountArchive(WebServices services, WebOptions options)
    {
        (_services, _options) = (services, options);
        _accounts = new AccountRenderer(options, RendererBytes);
        _statuses = new StatusRenderer(options, _accounts, RendererBytes);
    }

    /// <param name="to">Written from front to back, never sought; left open.</param>
    /// <returns>How many posts and pictures are in it.</returns>
    /// <exception cref="ServiceException">Something could not be read; the zip is not complete.</exception>
    public async ValueTask<(int Posts, int Pictures)> WriteAsync(Account account, Stream to, Call call)
    {
        var ct = call.Cancellation;
        await using var zip = await ZipArchive.CreateAsync(to, ZipArchiveMode.Create, leaveOpen: true, null, ct);
        await WriteAccountAsync(zip, account, call);
        var pictures = new List<MediaItem>();
        var posts = await WritePostsAsync(zip, account, pictures, call);
        foreach (var picture in pictures)
            await WritePictureAsync(zip, picture, call);
        var files = new CsvExports(_services, _options, account, call);
        foreach (var kind in CsvExports.Kinds)
        {
            await using var entry = await zip.CreateEntry($"{kind}.csv").OpenAsync(ct);
            await using var text = new StreamWriter(entry, new UTF8Encoding(false));
            await files.WriteAsync(kind, text);
        }
        return (posts, pictures.Count);
    }

    private async ValueTask WriteAccountAsync(ZipArchive zip, Account account, Call call)
    {
        var views = await _services.Timelines.Accounts(new HydrateAccounts([account.Id]), call);
        if (views[0] is not { } view)
            return;
        using var buffer = new Utf8Buffer();
        _accounts.Write(buffer, view);
        await using var entry = await zip.CreateEntry("account.json").OpenAsync(call.Cancellation);
        await entry.WriteAsync(buffer.ToArray(), call.Cancellation);
    }

    private async ValueTask<int> WritePostsAsync(
        ZipArchive zip, Account account, List<MediaItem> pictures, Call call)
    {
        var count = 0;
        await using var entry = await zip.CreateEntry("posts.json").OpenAsync(call.Cancellation);
        await entry.WriteAsync("["u8.ToArray(), call.Cancellation);
        var range = new PageRange(Limit: PagePosts);
        for (TimelinePage? page = null; page is null or { HasOlder: true, Entries.Count: > 0 };)
        {
            page = await _services.Timelines.Account(
                new AccountTimeline(account.Id, account.Id, range, ExcludeReplies: false, ExcludeBoosts: false), call);
            using var buffer = new Utf8Buffer(Utf8Buffer.PageBytes);
            foreach (var post in page.Entries)
            {
                buffer.Write(count++ == 0 ? "\n"u8 : ",\n"u8);
                _statuses.Write(buffer, post, account.Id);
                pictures.AddRange(post.Post.Media);
                range = range with { Before = post.Post.Id };
            }
            await entry.WriteAsync(buffer.ToArray(), call.Cancellation);
        }
        await entry.WriteAsync("\n]\n"u8.ToArray(), call.Cancellation);
        return count;
    }

    private async ValueTask WritePictureAsync(ZipArchive zip, MediaItem picture, Call call)
    {
        var wanted = new FindMediaFile(picture.FileKey, Small: false);
        if (await _services.Media.Find(wanted, call) is not { } file) return;
        // A picture is packed already.
        var name = $"media/{picture.FileKey}/original{picture.Original.Extension}";
        var stored = zip.CreateEntry(name, CompressionLevel.NoCompression);
        await using var entry = await stored.OpenAsync(call.Cancellation);
        await PictureBytes.CopyAsync(_services.Media, wanted, file, entry, call);
    }
}
