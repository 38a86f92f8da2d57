using Roost.Services.Community;
using Roost.Web.Instance;
using Roost.Web.Rendering;

namespace Roost.Web.Moderation;

internal sealed record AdminDomainBlockReply(
    string Id, string Domain, string Digest, string CreatedAt, string Severity, bool RejectMedia, bool RejectReports,
    string? PrivateComment, string? PublicComment, bool Obfuscate)
{
    public const int NoMedia = 1;
    public const int NoReports = 2;
    public const int Obfuscated = 4;

    public static AdminDomainBlockReply Of(CommunityBlock block) => new(
        AdminCall.Text(block.Id), block.Value, InstanceTexts.DigestOf(block.Value),
        TimeText.Of(block.CreatedAt), block.Severity, (block.Flags & NoMedia) != 0,
        (block.Flags & NoReports) != 0, Text(block.Comment), Text(block.PublicComment),
        (block.Flags & Obfuscated) != 0);

    private static string? Text(string text) => text.Length == 0 ? null : text;
}

internal sealed record AdminDomainAllowReply(string Id, string Domain, string CreatedAt)
{
    public static AdminDomainAllowReply Of(CommunityBlock block) =>
        new(AdminCall.Text(block.Id), block.Value, TimeText.Of(block.CreatedAt));
}

internal sealed record AdminIpBlockReply(
    string Id, string Ip, string Severity, string Comment, string CreatedAt, string? ExpiresAt)
{
    public static AdminIpBlockReply Of(CommunityBlock block) => new(
        AdminCall.Text(block.Id), block.Value, block.Severity, block.Comment, TimeText.Of(block.CreatedAt),
        TimeText.Of(block.ExpiresAt));
}

/// <param name="History">Nobody counts who was refused.</param>
internal sealed record AdminEmailDomainBlockReply(
    string Id, string Domain, string CreatedAt, IReadOnlyList<string> History)
{
    public static AdminEmailDomainBlockReply Of(CommunityBlock block) =>
        new(AdminCall.Text(block.Id), block.Value, TimeText.Of(block.CreatedAt), []);
}

internal sealed record AdminEmailBlockReply(string Id, string CanonicalEmailHash)
{
    public static AdminEmailBlockReply Of(CommunityBlock block) => new(AdminCall.Text(block.Id), block.Value);
}
