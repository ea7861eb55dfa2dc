"""The network by itself: shapes, attention, and that folding changes nothing."""

from __future__ import annotations

import pytest
import timm
import torch

from model.backbone import SCALES, EfficientNetLite
from model.locator import strongest
from model.network import HybridAttentionNet, Opinions, fold_batch_norm


def pixels(side: int = 224) -> torch.Tensor:
    return torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(0))


def test_a_batch_of_squares_becomes_a_logit_each() -> None:
    output = HybridAttentionNet().eval()(pixels())

    assert output.logit.shape == (2,)
    assert output.attention_logit.shape == (2, 1, 14, 14)


def test_an_untrained_head_has_no_opinion() -> None:
    assert HybridAttentionNet().eval()(pixels()).logit.tolist() == [0, 0]


def test_a_locator_that_is_new_changes_nothing() -> None:
    torch.manual_seed(0)
    net = HybridAttentionNet().eval()
    torch.nn.init.normal_(net.head.weight)
    before = net(pixels()).logit

    net.locate()

    assert torch.equal(net(pixels()).logit, before)


def test_a_tenth_of_the_places_speaks_for_all() -> None:
    places = torch.zeros(1, 10, 10)
    places[0, 3, :] = 5
    places[0, 7, 7] = -9

    both = Opinions(torch.tensor([1.5]), places)

    assert strongest(places).tolist() == [5]
    assert both.logit.tolist() == [6.5]


@pytest.mark.parametrize("times", [1, 3])
def test_a_mirrored_network_says_the_mean_of_both_and_shows_the_picture_as_it_is(
    times: int,
) -> None:
    squares = pixels(96).repeat(times, 1, 1, 1)
    torch.manual_seed(0)
    net = HybridAttentionNet(locates=True).eval()
    for layer in (net.head, net.locator.fine, net.locator.coarse):
        torch.nn.init.normal_(layer.weight)
    with torch.no_grad():
        plain, mirrored = net(squares), net(squares.flip(3))
        net.mirrored = True
        both = net(squares)

    assert not torch.allclose(plain.logit, mirrored.logit)
    torch.testing.assert_close(both.logit, (plain.logit + mirrored.logit) / 2)
    torch.testing.assert_close(both.attention_logit, plain.attention_logit)


def test_other_sizes_than_the_serving_one_are_read_too() -> None:
    assert HybridAttentionNet().eval()(pixels(160)).attention_logit.shape == (2, 1, 10, 10)


def test_folding_batch_normalisation_computes_the_same_function() -> None:
    torch.manual_seed(0)
    plain = timm.create_model("tf_efficientnet_lite0", pretrained=False, num_classes=0).eval()
    for module in plain.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.running_mean, -0.1, 0.1)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
    before = plain(pixels())

    fold_batch_norm(plain)

    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in plain.modules())
    torch.testing.assert_close(plain(pixels()), before, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", list(SCALES))
def test_the_backbone_computes_what_the_classifier_it_starts_from_does(name: str) -> None:
    torch.manual_seed(0)
    classifier = timm.create_model(name, pretrained=False, num_classes=0).eval()
    fold_batch_norm(classifier)
    backbone = EfficientNetLite(name).eval()

    backbone.load_state_dict(classifier.state_dict())

    expected = classifier.forward_features(pixels(96))
    torch.testing.assert_close(backbone(pixels(96)), expected)


def test_a_backbone_that_there_is_not_is_named() -> None:
    with pytest.raises(ValueError, match=r"'resnet50'.*tf_efficientnet_lite0"):
        HybridAttentionNet("resnet50")


def test_every_part_of_the_attention_learns() -> None:
    net = HybridAttentionNet()
    torch.nn.init.ones_(net.attention.gate)
    torch.nn.init.normal_(net.head.weight)

    output = net(pixels())
    (output.logit.sum() + output.attention_logit.sum()).backward()

    for name, parameter in net.attention.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name
