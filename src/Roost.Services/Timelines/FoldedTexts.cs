using System.Runtime.CompilerServices;
using Roost.Engine.Text;
using Roost.Services.Posts;

namespace Roost.Services.Timelines;

/// <summary>
/// Posts' words as filters compare them, folded once and kept as long as the post itself is kept in memory: however
/// many readers filter, and however often. Thread-safe.
/// </summary>
internal static class FoldedTexts
{
    private static readonly ConditionalWeakTable<Post, string> _folded = [];

    /// <summary>Warning, text, and what its pictures are described as, each on a line.</summary>
    public static string Of(Post post) => _folded.GetValue(post, Fold);

    private static string Fold(Post post) => Folding.Fold(
        string.Join('\n', [post.SpoilerText, post.Text, .. post.Media.Select(media => media.Description)]));
}
