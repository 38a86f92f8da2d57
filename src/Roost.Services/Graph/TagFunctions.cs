using Roost.Engine.Ids;
using Roost.Engine.Text;
using Roost.Rpc;

namespace Roost.Services.Graph;

/// <summary>The functions of <see cref="TagsApi"/>. Pages are read from SQL, all else from memory.</summary>
internal sealed class TagFunctions
{
    private const int NameLengthMax = 100;

    private readonly GraphWriter _writer;
    private readonly TiesTable _ties;

    public TagFunctions(GraphWriter writer, TiesStore store, TiesTable ties)
    {
        (_writer, _ties) = (writer, ties);
        Api = new TagsApi(
            Follow: FollowAsync,
            Feature: FeatureAsync,
            Followed: (request, _) => new(store.Tags(Checked(request))),
            Of: (request, _) => new(_ties.Of(request.Account).Tags),
            Followers: (request, _) => new(_ties.TagFollowers.Of(request.Keys)));
    }

    public TagsApi Api { get; }

    private async ValueTask<TagTie?> FollowAsync(FollowTag request, Call call)
    {
        var key = Key(request.Account, request.Name);
        await _writer.ChangeAsync(
            work => work.SetFollowed(request.Account.Value, key, request.Name, request.IsFollowed), call.Cancellation);
        return _ties.Of(request.Account).Tags.Followed.FirstOrDefault(tie => tie.Key == key);
    }

    private async ValueTask<TagTie?> FeatureAsync(FeatureTag request, Call call)
    {
        var key = Key(request.Account, request.Name);
        await _writer.ChangeAsync(
            work => work.SetFeatured(request.Account.Value, key, request.Name, request.IsFeatured), call.Cancellation);
        return _ties.Of(request.Account).Tags.Featured.FirstOrDefault(tie => tie.Key == key);
    }

    private static ListFollowedTags Checked(ListFollowedTags request)
    {
        GraphService.RequireAccount(request.Account);
        if (request.Range.Limit is < 1 or > FollowTag.TagsMax)
        {
            throw new ServiceException(
                ErrorCode.Invalid, $"A page has 1 to {FollowTag.TagsMax} hashtags, not {request.Range.Limit}.");
        }
        return request;
    }

    private static string Key(AccountId account, string name)
    {
        GraphService.RequireAccount(account);
        if (name.Length > NameLengthMax)
        {
            throw new ServiceException(
                ErrorCode.Invalid, $"Validation failed: Tag name is too long (maximum is {NameLengthMax} characters)");
        }
        return Hashtags.Of("#" + name) is [var whole] && whole == name
            ? Folding.Fold(name)
            : throw new ServiceException(ErrorCode.Invalid, "Validation failed: Tag name is invalid");
    }
}
