using Roost.Rpc;
using Roost.Services.Media;

namespace Roost.Services.Posts;

/// <summary>
/// What posts need of Media: pictures are taken for a post before it is written, so that no other shows them, and given
/// back when that fails. Their place in a post is a snapshot (<see cref="PostExtras.Media"/>).
/// </summary>
/// <param name="media">Null where no post has pictures, as in benchmarks: those that shall have some are
/// refused.</param>
internal sealed class PictureBook(MediaApi? media, PostMedia? settling)
{
    /// <summary>The pictures for a new post.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: not there, another's, or on a post
    /// already.</exception>
    public ValueTask<MediaItem[]> UseAsync(CreatePost request, Call call) =>
        UseAsync(new UseMedia(request.Author, request.MediaIds) { TakesHeld = request.TakesHeldMedia }, call);

    /// <summary>The pictures that an edit leaves a post with, described as it says.</summary>
    /// <inheritdoc cref="UseAsync(CreatePost, Call)"/>
    public async ValueTask<IReadOnlyList<MediaItem>> EditAsync(Post post, EditPost request, Call call)
    {
        IReadOnlyList<long> ids = request.MediaIds ?? [.. post.Media.Select(item => item.Id)];
        var descriptions = request.Descriptions.Where(one => ids.Contains(one.Id)).ToList();
        if (descriptions.Count == 0 && ids.SequenceEqual(post.Media.Select(item => item.Id)))
            return post.Media;
        var items = await UseAsync(new UseMedia(request.Author, ids, post.Id), call);
        try
        {
            foreach (var one in descriptions)
                await media!.Describe(one with { Account = request.Author }, call);
            return descriptions.Count == 0 ? items : await RenewAsync(items, call);
        }
        catch
        {
            await FreeAsync(items);
            throw;
        }
    }

    /// <summary>The same pictures as Media tells of them now.</summary>
    public async ValueTask<IReadOnlyList<MediaItem>> RenewAsync(IReadOnlyList<MediaItem> items, Call call)
    {
        var found = await Required().Get(new GetMedia([.. items.Select(item => item.Id)]), call);
        return [.. items.Zip(found, (item, now) => now is null ? item : Snapshot(now))];
    }

    /// <summary>A picture that a post shows; null when it is not the author's, or no post's.</summary>
    public async ValueTask<MediaItem?> FindAsync(RedescribeMedia request, Call call)
    {
        var item = await GetAsync();
        if (item is { IsUsed: true, Post.IsNone: true })
        {
            await settling!.ReachAsync(call.Cancellation);
            item = await GetAsync();
        }
        return item is { Post.IsNone: false } && item.Account == request.Author ? item : null;

        async ValueTask<MediaItem?> GetAsync() =>
            (await Required().Get(new GetMedia([request.MediaId]), call))[0];
    }

    /// <summary>Gives back what was taken for a post that could not be written.</summary>
    public async ValueTask FreeAsync(IEnumerable<MediaItem> items)
    {
        long[] ids = [.. items.Select(item => item.Id)];
        // The caller may have given up by now; that must not keep the pictures.
        if (ids.Length > 0)
            await Required().Free(new FreeMedia(ids), Call.Unbounded);
    }

    /// <summary>What was told of a deletion a moment ago may free just these pictures: then it is asked once
    /// more.</summary>
    private async ValueTask<MediaItem[]> UseAsync(UseMedia request, Call call)
    {
        if (request.Ids.Count > MediaLimits.PerPost)
            throw Refusal($"Cannot attach more than {MediaLimits.PerPost} files");
        if (request.Ids.Distinct().Count() < request.Ids.Count)
            throw Refusal("A file is named twice in media_ids");
        if (settling is { HasCaughtUp: false }) throw MediaApi.Away();
        var items = await Required().Use(request, call);
        if (items is null)
        {
            await settling!.ReachAsync(call.Cancellation);
            items = await Required().Use(request, call);
        }
        return items is null
            ? throw Refusal("One of media_ids is not there, not yours, or attached to another post")
            : Array.ConvertAll(items, Snapshot);
    }

    private static MediaItem Snapshot(MediaItem item) => item with { IsUsed = true, Post = default };

    private MediaApi Required() => media ?? throw Refusal("Media cannot be attached here");

    private static ServiceException Refusal(string why) => new(ErrorCode.Invalid, $"Validation failed: {why}");
}
